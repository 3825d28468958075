#include "store/second_process.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>

namespace locket::sample {

int in_another_process(std::vector<std::string> words) {
  const char* const program = std::getenv("LOCKET_OTHER_PROCESS");
  if (program == nullptr) return -1;
  std::string name = program;
  std::vector<char*> arguments{name.data()};
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, program, nullptr, nullptr, arguments.data(), environ) != 0) return -1;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace locket::sample
