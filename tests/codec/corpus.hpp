#pragma once

#include <string>
#include <vector>

namespace locket::codec {

/// One line of a corpus folder's manifest.
struct CorpusFile {
  std::string name;
  std::string path;
  std::string expected;  ///< `ok...`, `error...`, `policy...`, `no-crash...`, `reference...`
};

/// The files of one folder of the corpus; empty when the corpus is not there. Throws std::runtime_error for a folder
/// that lacks its manifest.
[[nodiscard]] std::vector<CorpusFile> corpus_files(const std::string& folder);

/// What is written down of one file in tests/data/corpus_choices.tsv: `ok` or a code's name; empty when nothing is.
[[nodiscard]] std::string corpus_choice(const std::string& folder, const std::string& name);

}  // namespace locket::codec
