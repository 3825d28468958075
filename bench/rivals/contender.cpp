#include "contender.hpp"

#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <vector>

namespace bench {
namespace {

constexpr int renders_max = 1000;

std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return !file.fail();
}

class Session {
 public:
  explicit Session(Contender& contender) : contender_(contender) {}

  std::string answer(std::string_view command, const std::string& argument) {
    if (command == "open") return open(argument);
    if (command == "render") return render(argument);
    if (command == "save") return save(argument);
    return "error no such command";
  }

 private:
  std::string open(const std::string& path) {
    upload_.clear();
    pngs_ = {};
    std::ifstream file(path, std::ios::binary);
    if (!file) return "error can't read " + path;
    upload_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    return "ok";
  }

  std::string render(const std::string& argument) {
    const int count = std::atoi(argument.c_str());
    if (count < 1 || count > renders_max) return "error wrong count";
    std::string times = "ok";
    for (int i = 0; i < count; ++i) {
      const auto wall = nanoseconds(CLOCK_MONOTONIC);
      const auto cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
      const auto pngs = contender_.render(std::as_bytes(std::span(upload_)));
      const auto cpu_ns = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
      const auto wall_ns = nanoseconds(CLOCK_MONOTONIC) - wall;
      if (!pngs) return "error " + pngs.error();
      pngs_ = *pngs;
      times += ' ' + std::to_string(wall_ns) + ' ' + std::to_string(cpu_ns);
    }
    return times;
  }

  std::string save(const std::string& prefix) {
    if (pngs_.large.empty()) return "error nothing rendered";
    if (!write_file(prefix + ".small.png", pngs_.small) || !write_file(prefix + ".large.png", pngs_.large))
      return "error can't write " + prefix;
    return "ok " + std::to_string(pngs_.small.size()) + ' ' + std::to_string(pngs_.large.size());
  }

  Contender& contender_;
  std::vector<char> upload_;
  Pngs pngs_;
};

}  // namespace

int serve(Contender& contender) {
  Session session(contender);
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto space = line.find(' ');
    const std::string argument = space == std::string::npos ? std::string() : line.substr(space + 1);
    std::string reply = session.answer(std::string_view(line).substr(0, space), argument);
    for (char& letter : reply) {
      if (letter == '\n' || letter == '\r') letter = ' ';
    }
    std::cout << reply << std::endl;
  }
  return 0;
}

}  // namespace bench
