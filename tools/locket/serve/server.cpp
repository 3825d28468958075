#include "serve/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "message.hpp"
#include "serve/answer.hpp"
#include "serve/connection.hpp"
#include "serve/unwaiting_errors.hpp"

namespace locket::tool {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds accept_pause{100};  // when the system is out of descriptors or memory
constexpr std::uint64_t spare_descriptors = 64;

/// The listener, its threads and their connections.
class Server {
 public:
  Server(const ServerOptions& options, const Service& service, const std::function<void()>& reload)
      : options_(options), service_(service), reload_(reload), shared_(service), workers_(make_workers()) {
    shared_.metrics_text = [this] { return metrics_text(); };
  }

  // Result: what went wrong, or nothing.
  std::string listen() {
    boost::system::error_code error;
    if (std::string fault = load_certificate(); !fault.empty()) return fault;
    tcp::resolver resolver(io());
    const auto found = resolver.resolve(options_.host, options_.port, tcp::resolver::passive, error);
    if (error) return "can't resolve " + options_.host + ": " + error.message();
    const tcp::endpoint endpoint = *found.begin();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return "can't listen on " + options_.host + ":" + options_.port + ": " + error.message();
    return {};
  }

  std::string url() const {
    const tcp::endpoint at = acceptor_.local_endpoint();
    const bool v6 = at.address().is_v6();
    return std::string(tls_ ? "https://" : "http://") + (v6 ? "[" : "") + at.address().to_string() + (v6 ? "]" : "") +
           ":" + std::to_string(at.port());
  }

  void run(const std::function<void(const std::string&)>& ready) {
    asio::co_spawn(io(), accept(), asio::detached);
    asio::co_spawn(io(), wait_for_stop(), asio::detached);
    asio::co_spawn(io(), wait_for_reload(), asio::detached);
    for (auto& worker : workers_) asio::co_spawn(worker->io, keep_time(*worker), asio::detached);
    std::vector<std::jthread> rendering;
    std::vector<std::jthread> threads;
    auto renders_go_on = asio::make_work_guard(shared_.renders);
    start(threads, rendering);
    ready(url());
    work(*workers_.front());
    threads.clear();
    renders_go_on.reset();
    rendering.clear();
    shared_.chores.join();
    shared_.probes.join();
    service_.log->flush();
  }

 private:
  asio::io_context& io() { return workers_.front()->io; }

  std::vector<std::unique_ptr<Worker>> make_workers() {
    std::vector<std::unique_ptr<Worker>> workers;
    for (unsigned i = 0; i < std::max(1U, options_.threads); ++i) workers.push_back(std::make_unique<Worker>(shared_));
    return workers;
  }

  // All or none: each worker has connections of its own.
  void start(std::vector<std::jthread>& threads, std::vector<std::jthread>& rendering) {
    try {
      for (std::uint32_t i = 0; i < service_.limits.renders_at_once_max; ++i) {
        rendering.emplace_back([this] { shared_.renders.run(); });
      }
      for (std::size_t i = 1; i < workers_.size(); ++i) threads.emplace_back([this, i] { work(*workers_[i]); });
    } catch (const std::exception&) {  // those that were started would be waited for without end
      for (auto& worker : workers_) worker->io.stop();
      shared_.renders.stop();
      throw std::runtime_error(
          "the system gives no more threads; --threads N and --limit renders_at_once_max=N take fewer");
    }
  }

  static void work(Worker& worker) {
    AuditSink::count_into(&worker.metrics);
    worker.io.run();
    AuditSink::count_into(nullptr);
  }

  std::string load_certificate() {
    if (options_.certificate.empty()) return {};
    auto fresh = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code error;
    fresh->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, error);
    // Or OpenSSL asks on the terminal, and the server waits for whoever may sit there.
    fresh->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, error);
    fresh->use_certificate_chain_file(options_.certificate, error);
    if (error) return "can't use the certificate " + options_.certificate + ": " + error.message();
    fresh->use_private_key_file(options_.private_key, ssl::context::pem, error);
    if (error) return "can't use the private key " + options_.private_key + ": " + error.message();
    tls_ = std::move(fresh);
    return {};
  }

  asio::awaitable<void> accept() {
    for (std::size_t next = 0; acceptor_.is_open(); next = (next + 1) % workers_.size()) {
      Worker& worker = *workers_[next];
      auto [error, socket] = co_await acceptor_.async_accept(worker.io, as_result);
      if (!acceptor_.is_open()) co_return;
      if (error) {
        asio::steady_timer pause(io(), accept_pause);
        co_await pause.async_wait(as_result);
      } else if (shared_.connections_open.load() >= service_.limits.connections_max) {
        refuse(worker, std::move(socket));
      } else {
        begin(worker, std::move(socket));
      }
    }
  }

  // Says why, as far as the socket takes it at once, and never waits for the client.
  void refuse(Worker& worker, tcp::socket socket) {
    shared_.connections_refused.fetch_add(1);
    worker.newcomers_refused.fetch_add(1);
    if (tls_) return;
    const Response busy = transport_problem(503);
    std::string text;
    append_head(text, busy, {.close = true, .correlation_id = "", .allowed_origin = ""});
    text.append(as_text(busy.body.view()));
    boost::system::error_code error;
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(text), error);
  }

  void begin(Worker& worker, tcp::socket socket) {
    boost::system::error_code error;
    socket.set_option(tcp::no_delay(true), error);
    shared_.connections_open.fetch_add(1);
    asio::co_spawn(
        worker.io,
        [&worker, tls = tls_, socket = std::move(socket)]() mutable {
          worker.metrics.connections.add();
          return serve_connection(std::move(socket), worker, std::move(tls));
        },
        // What a connection throws (memory is out) ends that connection alone.
        [this](const std::exception_ptr&) { shared_.connections_open.fetch_sub(1); });
  }

  // Each worker's clock: interrupts what takes too long, and ends when the last connection of a stopped server has.
  asio::awaitable<void> keep_time(Worker& worker) {
    asio::steady_timer timer(worker.io);
    while (!shared_.stopping || !worker.sessions.empty()) {
      timer.expires_after(milliseconds(service_.limits.tick_ms));
      co_await timer.async_wait(as_result);
      look_at_sessions(worker, steady_clock::now());
      service_.log->flush();
    }
    if (&worker == workers_.front().get()) {
      signals_.cancel();
      reloads_.cancel();
    }
  }

  void look_at_sessions(Worker& worker, SteadyTime now) {
    const bool over = shared_.stopping && now >= stop_by_.load();
    // Newcomers that found no room get that of the longest idle; not of those whose next request may be under way.
    std::uint32_t room_wanted = worker.newcomers_refused.exchange(0);
    const SteadyTime idle_before = now - milliseconds(service_.limits.tick_ms);
    for (Session& session : worker.sessions) {
      if (over) session.ended = true;
      const bool gives_way = room_wanted > 0 && session.idle && !session.expired && session.idle_since <= idle_before;
      if (gives_way) --room_wanted;
      const bool late = now >= session.deadline || over || gives_way || (shared_.stopping && session.idle);
      if (!late) continue;
      session.expired = true;
      session.interrupt();
    }
  }

  asio::awaitable<void> wait_for_stop() {
    const auto [error, number] = co_await signals_.async_wait(as_result);
    if (error) co_return;
    signals_.clear();  // the next one ends the program
    stop_by_ = steady_clock::now() + milliseconds(service_.limits.stop_ms_max);
    shared_.stopping = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

  asio::awaitable<void> wait_for_reload() {
    while (true) {
      const auto [error, number] = co_await reloads_.async_wait(as_result);
      if (error) co_return;
      if (!service_.log->reopen()) complain("can't open the access log anew");
      if (const std::string fault = load_certificate(); !fault.empty()) complain(fault);
      asio::post(shared_.chores, reload_);
    }
  }

  std::string metrics_text() const {
    std::vector<const ServerMetrics*> threads;
    for (const auto& worker : workers_) threads.push_back(&worker->metrics);
    threads.push_back(&shared_.render_metrics);
    // A walk through a whole pool would hold up every answer of this thread.
    std::optional<StoreStatistics> statistics;
    if (service_.store_counts_cheaply) {
      if (auto counted = service_.store->statistics()) statistics = std::move(*counted);
    }
    ServerGauges gauges;
    gauges.store_up = statistics || (!service_.store_counts_cheaply && service_.store->access_revision());
    gauges.connections_open = shared_.connections_open;
    gauges.connections_refused = shared_.connections_refused;
    gauges.upload_bytes_in_flight = shared_.room.bytes();
    gauges.uploads_in_flight = shared_.room.uploads();
    gauges.uptime_s = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - shared_.started).count());
    gauges.store = statistics ? &*statistics : nullptr;
    return to_prometheus(threads, gauges);
  }

  const ServerOptions& options_;
  const Service& service_;
  const std::function<void()>& reload_;
  Shared shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::shared_ptr<ssl::context> tls_;  // only the first worker's thread
  std::atomic<SteadyTime> stop_by_{SteadyTime::max()};
  tcp::acceptor acceptor_{io()};
  asio::signal_set signals_{io(), SIGTERM, SIGINT};
  asio::signal_set reloads_{io(), SIGHUP};
};

// Each connection is a descriptor, and the store needs some as well.
std::string raise_descriptor_limit(std::uint64_t connections_max) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const std::uint64_t wanted = connections_max + spare_descriptors;
  if (limit.rlim_cur >= wanted) return {};
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) return {};
  return "connections_max is " + std::to_string(connections_max) + ", but this process may have only " +
         std::to_string(limit.rlim_cur) + " descriptors (ulimit -n); set --limit connections_max to " +
         std::to_string(limit.rlim_cur > spare_descriptors ? limit.rlim_cur - spare_descriptors : 1) + " or less";
}

}  // namespace

std::string run_server(const ServerOptions& options, const Service& service, const std::function<void()>& reload,
                       const std::function<void(const std::string& url)>& ready) {
  try {
    std::signal(SIGPIPE, SIG_IGN);  // whoever reads standard error may go away, the server stays
    const UnwaitingErrors errors;
    if (std::string fault = raise_descriptor_limit(service.limits.connections_max); !fault.empty()) return fault;
    Server server(options, service, reload);
    if (std::string fault = server.listen(); !fault.empty()) return fault;
    server.run(ready);
    return {};
  } catch (const std::exception& error) {
    return std::string("the server failed: ") + error.what();
  }
}

}  // namespace locket::tool
