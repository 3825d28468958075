#pragma once

namespace locket::tool {

/// What the program tells its caller when it ends.
enum class ExitCode : int {
  done = 0,
  some_failed = 1,  ///< some items failed, or the answer was a refusal; all was told
  unusable = 2,     ///< wrong usage, or a store or file that the verb can't do without can't be used
};

}  // namespace locket::tool
