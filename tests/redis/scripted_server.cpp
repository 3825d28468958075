#include "redis/scripted_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace locket::redis {
namespace {

constexpr char ending = 'e';
constexpr char breaking_off = 'b';

// A farewell, after which the other side still sends, and then a reset: what is sent now is answered with SIGPIPE.
void reset(int conversation) {
  shutdown(conversation, SHUT_WR);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(conversation, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(conversation);
}

}  // namespace

int listen_on_loopback(std::uint16_t& port) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const general = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listening, general, size), 0);
  EXPECT_EQ(listen(listening, 16), 0);
  EXPECT_EQ(getsockname(listening, general, &size), 0);
  port = ntohs(address.sin_port);
  return listening;
}

ScriptedServer::ScriptedServer(Answer answer) : answer_(std::move(answer)), socket_(listen_on_loopback(port)) {
  EXPECT_EQ(pipe(wake_.data()), 0);
  thread_ = std::thread([this] { run(); });
}

ScriptedServer::~ScriptedServer() {
  EXPECT_EQ(write(wake_[1], &ending, 1), 1);
  thread_.join();
  for (const int open : {socket_, wake_[0], wake_[1]}) close(open);
}

void ScriptedServer::break_off() { EXPECT_EQ(write(wake_[1], &breaking_off, 1), 1); }

void ScriptedServer::run() {
  for (bool ended = false; !ended;) {
    std::vector<pollfd> waited{{wake_[0], POLLIN, 0}, {socket_, POLLIN, 0}};
    for (const int conversation : conversations_) waited.push_back({conversation, POLLIN, 0});
    poll(waited.data(), waited.size(), -1);
    std::vector<int> going_on;
    for (std::size_t i = 2; i < waited.size(); ++i) {
      std::array<char, 65'536> question{};
      const ssize_t size = waited[i].revents == 0 ? 0 : recv(waited[i].fd, question.data(), question.size(), 0);
      if (waited[i].revents != 0 && size <= 0) {
        close(waited[i].fd);
        continue;
      }
      going_on.push_back(waited[i].fd);
      if (size <= 0) continue;
      const auto answer = answer_({question.data(), static_cast<std::size_t>(size)});
      if (answer) send(waited[i].fd, answer->data(), answer->size(), MSG_NOSIGNAL);
    }
    conversations_ = std::move(going_on);
    accepted_ += waited[1].revents != 0 ? 1 : 0;
    if (waited[1].revents != 0) conversations_.push_back(accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
    if (waited[0].revents == 0) continue;
    char what = 0;
    ended = read(wake_[0], &what, 1) == 1 && what == ending;
    for (const int conversation : conversations_) reset(conversation);
    conversations_.clear();
  }
}

std::string charged_answer(std::uint32_t calls, std::uint64_t wait_us) {
  return "*2\r\n:" + std::to_string(calls) + "\r\n:" + std::to_string(wait_us) + "\r\n";
}

}  // namespace locket::redis
