#pragma once

#include <string>
#include <vector>

namespace locket::sample {

/// Has another process do something to a store (see other_process.cpp), and waits for its end.
/// Result: its exit code; -1 when it could not be started or was killed.
[[nodiscard]] int in_another_process(std::vector<std::string> words);

}  // namespace locket::sample
