#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "rados/access_piece.hpp"

namespace locket::rados {

/// Makes the manifest and the pieces of new access facts, taking over from the old manifest every piece that has not
/// changed. For one document.
class FactsWriter {
 public:
  /// A piece that was taken over: its name, and how many bytes it has.
  struct Taken {
    std::string name;
    std::size_t bytes = 0;
  };

  /// Starts after an old manifest, which must outlive it. `unsound` names pieces of it that can't be read, and so are
  /// not taken over.
  explicit FactsWriter(const Manifest& old, std::unordered_set<std::string> unsound = {});

  /// Adds a document in the form of `sort_entries`.
  void add(const AccessDocument& document);

  /// What was made: the manifest, the pieces that are not written yet, those that were taken over, and all named
  /// iModels in the order of their ids.
  [[nodiscard]] const Manifest& manifest() const noexcept { return made_; }
  /// See `manifest`.
  [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  /// See `manifest`.
  [[nodiscard]] const std::vector<Taken>& taken() const noexcept { return taken_; }
  /// See `manifest`.
  [[nodiscard]] const NamedImodels& named() const noexcept { return named_; }

 private:
  std::string keep(std::string_view what, const std::string& old_name, std::string text);

  const Manifest& old_;
  std::unordered_set<std::string> unsound_;
  Manifest made_;
  std::vector<Piece> pieces_;
  std::vector<Taken> taken_;
  NamedImodels named_;
};

}  // namespace locket::rados
