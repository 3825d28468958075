#pragma once

#include "exit_code.hpp"
#include "program.hpp"

namespace locket::tool {

/// Prints the version of locket and, where more is wanted, those of the libraries that it is linked with.
[[nodiscard]] ExitCode print_versions(const Program& program, bool verbose);

}  // namespace locket::tool
