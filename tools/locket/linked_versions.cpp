#include "linked_versions.hpp"

#include <iostream>
#include <string>

#include "json_line.hpp"
#include "locket/version.hpp"

namespace locket::tool {

ExitCode print_versions(const Program& program, bool verbose) {
  const std::vector<LinkedLibrary> libraries = verbose ? linked_libraries() : std::vector<LinkedLibrary>();
  if (program.json) {
    JsonLine line;
    line.text("locket", version());
    for (const LinkedLibrary& library : libraries) line.text(library.name, library.version);
    for (const LinkedLibrary& library : libraries) {
      if (!library.note.empty()) line.text(library.name + " note", library.note);
    }
    print_line(line);
    return ExitCode::done;
  }
  std::cout << "locket " << version() << '\n';
  for (const LinkedLibrary& library : libraries) {
    std::cout << "  " << library.name << ' ' << library.version << (library.note.empty() ? "" : ": " + library.note)
              << '\n';
  }
  return ExitCode::done;
}

}  // namespace locket::tool
