#pragma once

#include <cstdint>

namespace locket {

/// Every limit that a host may set, with its unit in its name. A limit is checked before memory is taken for what it
/// bounds. All may be changed before an `Engine` is made; lowering one never damages what is stored.
struct Limits {
  // The uploaded picture.
  std::uint64_t picture_bytes_max = 5'242'880;             ///< accepted up to and including this size
  std::uint64_t picture_pixels_max = 40'000'000;           ///< streamed pictures
  std::uint64_t buffered_picture_pixels_max = 16'000'000;  ///< interlaced, progressive or in several scans
  std::uint32_t picture_side_px_max = 32'767;              ///< at most 65,535
  std::uint32_t png_chunks_max = 100'000;
  std::uint64_t png_metadata_bytes_max = 8'000'000;  ///< iCCP or eXIf as it is stored; one above is not read
  std::uint32_t jpeg_scans_max = 100;
  std::uint32_t jpeg_segments_max = 10'000;
  std::uint64_t icc_profile_bytes_max = 4'000'000;
  std::uint64_t decode_memory_bytes_max = 268'435'456;  ///< what a decoder may hold for one picture

  // Tokens and keys.
  std::uint32_t token_bytes_max = 8'192;
  std::uint32_t token_header_bytes_max = 1'024;     ///< the first part, decoded
  std::uint32_t token_signature_bytes_max = 1'024;  ///< the third part, decoded
  std::uint32_t token_leeway_s_max = 60;
  std::uint32_t token_cache_entries_max = 10'000;
  std::uint32_t jwks_bytes_max = 262'144;
  std::uint32_t jwks_keys_max = 64;
  std::uint32_t json_depth_max = 32;

  // Requests.
  std::uint32_t quoted_text_chars_max = 64;  ///< caller's text quoted in an error body
  std::uint32_t identifier_bytes_max = 256;  ///< a user, client, role or group name

  // Rate limits.
  std::uint32_t rate_clients_max = 1'000'000;    ///< clients remembered at once
  std::uint32_t rate_windows_max = 4;            ///< windows of one tier
  std::uint32_t rate_window_s_max = 31'622'400;  ///< 366 days
  std::uint32_t rate_calls_max = 1'000'000'000;  ///< calls of one window

  // Access documents.
  std::uint64_t access_document_bytes_max = 268'435'456;
  std::uint32_t access_entries_max = 100'000'000;  ///< names, roles, members, grants and so on, all together
  std::uint32_t itwin_roles_max = 1'024;           ///< roles that one iTwin may assign: its own and its organization's

  // The store.
  std::uint32_t busy_wait_ms_max = 5'000;
  std::uint64_t stored_picture_bytes_max = 8'388'608;  ///< one finished PNG; at most 64 MiB, on Ceph 40
  std::uint32_t stored_text_bytes_max = 65'536;  ///< a path, recipe, user or reason; at most 1 MiB, on Ceph 64 KiB
  // Of each memory, one entry may take an eighth.
  std::uint64_t hot_picture_bytes_max = 67'108'864;  ///< pictures kept in memory; 0: none
  std::uint64_t hot_imodel_bytes_max = 8'388'608;    ///< entries of iModels kept in memory, about 384 bytes each
  std::uint64_t user_lookup_bytes_max = 1'048'576;   ///< what the store told users, kept in memory, 256 bytes each
  std::uint64_t wal_bytes_max = 67'108'864;          ///< the log is emptied above this, and copied above a quarter
  std::uint64_t wal_held_bytes_max = 1'073'741'824;  ///< writes are refused while a reader keeps the log above this
};

}  // namespace locket
