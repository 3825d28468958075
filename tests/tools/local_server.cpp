#include "local_server.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>
#include <vector>

#include "file_descriptor.hpp"
#include "serve/connection.hpp"

namespace locket::tool {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

/// The client's end of a connection. It never waits.
class Client {
 public:
  Client(int descriptor, std::span<const std::string_view> pieces) : descriptor_(descriptor), pieces_(pieces) {}

  /// Sends one piece more, or hangs up after the last. Result: whether there was anything to do.
  bool send_piece() {
    if (hung_up_) return false;
    if (!pieces_.empty()) {
      const std::string_view rest = pieces_.front().substr(sent_);
      const ssize_t count = send(descriptor_.number(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) return false;
      sent_ += count < 0 ? rest.size() : static_cast<std::size_t>(count);
      if (count < 0) pieces_ = {};  // the server has closed
      if (count >= 0 && sent_ == pieces_.front().size()) {
        pieces_ = pieces_.subspan(1);
        sent_ = 0;
      }
      return true;
    }
    hung_up_ = true;
    shutdown(descriptor_.number(), SHUT_WR);
    return true;
  }

  /// Reads what has come. Result: whether anything had.
  bool receive() {
    const std::size_t before = received_.size();
    ssize_t count = 0;
    while ((count = recv(descriptor_.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT)) > 0) {
      received_.append(buffer_.data(), static_cast<std::size_t>(count));
    }
    return received_.size() > before;
  }

  std::string& received() { return received_; }

 private:
  FileDescriptor descriptor_;
  std::span<const std::string_view> pieces_;
  std::size_t sent_ = 0;
  bool hung_up_ = false;
  std::string received_;
  std::array<char, 65'536> buffer_{};
};

}  // namespace

struct LocalServer::Parts {
  explicit Parts(const Service& service) : shared(service), worker(shared) {
    shared.metrics_text = [this] {
      const ServerMetrics* const metrics = &worker.metrics;
      return to_prometheus({&metrics, 1}, {});
    };
    for (std::uint32_t i = 0; i < service.limits.renders_at_once_max; ++i) {
      rendering.emplace_back([this] { shared.renders.run(); });
    }
  }

  Shared shared;
  Worker worker;
  asio::executor_work_guard<asio::io_context::executor_type> renders_go_on = asio::make_work_guard(shared.renders);
  std::vector<std::jthread> rendering;
  // Else a thread of the pools that is late to let go of the loop would stop it for the next connection.
  asio::executor_work_guard<asio::io_context::executor_type> open = asio::make_work_guard(worker.io);
};

LocalServer::LocalServer(const Service& service) : parts_(std::make_unique<Parts>(service)) {}
LocalServer::~LocalServer() {
  parts_->renders_go_on.reset();
  parts_->rendering.clear();
  parts_->shared.chores.join();
  parts_->shared.probes.join();
}

std::optional<std::string> LocalServer::exchange(std::span<const std::string_view> pieces) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw std::runtime_error("no sockets");
  Client client(ends[1], pieces);
  asio::io_context& io = parts_->worker.io;
  std::exception_ptr thrown;
  bool ended = false;
  // A pair of sockets costs a tenth of a connection by TCP, and all that is done with it is the same.
  asio::co_spawn(io, serve_connection(tcp::socket(io, tcp::v4(), ends[0]), parts_->worker, nullptr),
                 [&](const std::exception_ptr& error) {
                   thrown = error;
                   ended = true;
                 });
  const auto late = steady_clock::now() + std::chrono::seconds(wait_s_max);
  while (!ended) {
    bool moved = io.poll() > 0;
    moved = client.receive() || moved;
    if (!moved) moved = client.send_piece();
    if (!moved && io.run_one_for(std::chrono::seconds(1)) == 0 && steady_clock::now() > late) return std::nullopt;
  }
  if (thrown) std::rethrow_exception(thrown);
  (void)client.receive();
  return std::move(client.received());
}

}  // namespace locket::tool
