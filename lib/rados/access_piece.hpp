#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "locket/access.hpp"

namespace locket::rados {

/// One part of the access facts, kept as an object that never changes; its name says what it holds, the revision that
/// it was made for, and the digest of its bytes.
struct Piece {
  std::string name;
  std::string text;
};

/// What belongs to no iTwin: organizations, tiers and clients.
[[nodiscard]] std::string encode_rest(const AccessDocument& document);

/// Reads it into a document. Result: whether it is sound.
[[nodiscard]] bool decode_rest(std::string_view text, AccessDocument& document);

/// One iTwin, and those of its iModels on which something is configured.
struct ItwinFacts {
  AccessDocument::Itwin itwin;
  std::vector<AccessDocument::Imodel> imodels;
};

/// Writes it.
[[nodiscard]] std::string encode(const ItwinFacts& facts);

/// Reads it. Result: nothing when it is damaged.
[[nodiscard]] std::optional<ItwinFacts> decode_itwin(std::string_view text);

/// The iTwins of iModels that the document names, in the order of the iModels.
using NamedImodels = std::vector<std::pair<Guid, Guid>>;

/// Writes them.
[[nodiscard]] std::string encode(const NamedImodels& named);

/// Reads them. Result: nothing when they are damaged.
[[nodiscard]] std::optional<NamedImodels> decode_named(std::string_view text);

/// The parts that make up the access facts at one revision. It alone changes, so all change at once.
struct Manifest {
  std::uint64_t revision = 0;
  std::string rest;                                  ///< the name of the piece; empty: no facts yet
  std::vector<std::pair<Guid, std::string>> itwins;  ///< in the order of their ids
  std::vector<std::string> named;                    ///< by `shard_of`
};

/// Writes it, with a checksum.
[[nodiscard]] std::string encode(const Manifest& manifest);

/// Reads it. Result: nothing when it is damaged.
[[nodiscard]] std::optional<Manifest> decode_manifest(std::string_view text);

/// Whether it is an undamaged manifest of a form that this version does not know.
[[nodiscard]] bool is_another_form(std::string_view text);

/// In which of so many shards an iModel is named.
[[nodiscard]] std::size_t shard_of(const Guid& imodel_id, std::size_t shards) noexcept;

/// The name of a piece with this content, made for a revision.
[[nodiscard]] std::string piece_name(std::string_view what, std::uint64_t revision, std::string_view text);

/// Whether a piece's bytes are those that its name says.
[[nodiscard]] bool is_proven(std::string_view name, std::string_view text);

/// The revision that a piece was made for; nothing for another name.
[[nodiscard]] std::optional<std::uint64_t> revision_of(std::string_view piece_name);

/// Puts every list in the order of its keys, as every kind of store gives it back; tiers keep theirs.
void sort_entries(AccessDocument& document);

}  // namespace locket::rados
