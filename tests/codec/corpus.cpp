#include "corpus.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace locket::codec {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// The lines of a table, its heading left out, cut at tabs.
std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("can't read " + path);
  std::vector<std::vector<std::string>> lines;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::vector<std::string> cut;
    for (std::string cell; std::getline(cells, cell, '\t');) cut.push_back(cell);
    lines.push_back(std::move(cut));
  }
  return lines;
}

}  // namespace

std::vector<CorpusFile> corpus_files(const std::string& folder) {
  constexpr std::size_t expected_column = 9;
  const std::string corpus = environment("LOCKET_CORPUS");
  if (corpus.empty() || !std::filesystem::is_directory(corpus)) return {};
  std::vector<CorpusFile> files;
  for (const auto& cells : read_table(corpus + "/" + folder + "/MANIFEST.tsv")) {
    if (cells.size() <= expected_column) continue;
    files.push_back({cells[0], corpus + "/" + folder + "/" + cells[0], cells[expected_column]});
  }
  return files;
}

std::string corpus_choice(const std::string& folder, const std::string& name) {
  static const std::map<std::string, std::string> choices = [] {
    std::map<std::string, std::string> table;
    for (const auto& cells : read_table(environment("LOCKET_TEST_DATA") + "/corpus_choices.tsv")) {
      table.emplace(cells.at(0) + "/" + cells.at(1), cells.at(2));
    }
    return table;
  }();
  const auto found = choices.find(folder + "/" + name);
  return found == choices.end() ? std::string() : found->second;
}

}  // namespace locket::codec
