#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/hot_memory.hpp"
#include "crypto/keyed_hash.hpp"
#include "locket/guid.hpp"
#include "locket/store.hpp"

namespace locket::engine {

/// What the store told each user's requests of iModels, so that who asks again is answered without a look into it,
/// above all who is denied. Users share nothing here: an answer that came faster would tell one that another had asked.
/// That there is no such iModel is kept like all else. An answer holds for the epoch of the store's content in which it
/// was read, and says what there is, never what the user may do: that is decided anew each time. Any thread.
class UserLookups {
 public:
  /// Input: how many bytes to hold at most; 0: keeps nothing.
  explicit UserLookups(std::uint64_t bytes_max) : answers_(bytes_max) {}

  /// A user's question, as it is kept.
  struct Question {
    crypto::KeyedTag tag;
    std::uint64_t epoch;
  };

  /// Makes a question. Inputs: the user, the iModel, and `Store::content_epoch` before the store is asked; 0: nothing
  /// is kept or found. Allocates nothing. Cost: about 0.1 us.
  [[nodiscard]] Question ask(std::string_view user, const Guid& imodel_id, std::uint64_t epoch) const noexcept;

  /// An id for a text that is none, another for every text: so it is looked up at the cost of any other that is not
  /// there. Allocates nothing.
  [[nodiscard]] Guid stand_in(std::string_view text) const noexcept;

  /// What the store answered; nothing where it has to be asked. Allocates nothing. Cost: about 0.1 us.
  [[nodiscard]] std::optional<std::optional<ImodelEntry>> find(const Question& question);

  /// Keeps what it answered.
  void keep(const Question& question, const std::optional<ImodelEntry>& entry) noexcept;

 private:
  struct Answer {
    std::optional<ImodelEntry> entry;
    std::uint64_t epoch;
  };

  struct TagHash {
    /// A tag is as good as a hash as it stands.
    std::size_t operator()(const crypto::KeyedTag& tag) const noexcept {
      std::size_t first = 0;
      std::memcpy(&first, tag.data(), sizeof first);
      return first;
    }
  };

  const crypto::KeyedHash hash_;
  HotMemory<crypto::KeyedTag, Answer, TagHash> answers_;
};

}  // namespace locket::engine
