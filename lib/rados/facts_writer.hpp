#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rados/access_piece.hpp"

namespace locket::rados {

/// Makes the manifest and the pieces of new access facts, taking over from the old manifest every piece that has not
/// changed. For one document.
class FactsWriter {
 public:
  /// Starts after an old manifest, which must outlive it.
  explicit FactsWriter(const Manifest& old);

  /// Adds a document in the form of `sort_entries`.
  void add(const AccessDocument& document);

  /// What was made: the manifest, the pieces that are not written yet, and all named iModels in the order of their ids.
  [[nodiscard]] const Manifest& manifest() const noexcept { return made_; }
  /// See `manifest`.
  [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  /// See `manifest`.
  [[nodiscard]] const NamedImodels& named() const noexcept { return named_; }

 private:
  std::string keep(std::string_view what, const std::string& old_name, std::string text);

  const Manifest& old_;
  Manifest made_;
  std::vector<Piece> pieces_;
  NamedImodels named_;
};

}  // namespace locket::rados
