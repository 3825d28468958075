#include "serve/connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "serve/answer.hpp"
#include "serve/gallery.hpp"
#include "serve/gallery_turn.hpp"
#include "serve/health.hpp"
#include "serve/request_head.hpp"

namespace locket::tool {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t head_read_bytes = 4'096;
constexpr std::size_t body_read_bytes = 65'536;

std::string_view view_of(const beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

// Asio would send at most 64 KiB at a time.
std::size_t all_at_once(const boost::system::error_code& error, std::size_t) {
  return error ? 0 : std::numeric_limits<std::size_t>::max();
}

/// How reading a part of a request ended.
enum class Read { done, closed, timed_out, too_large, malformed };

// GCC 12 makes wrong code of a co_await inside a condition or a conditional operator: here each stands alone.

/// One connection and the request on it that is answered now.
template <class Stream>
class Connection {
 public:
  Connection(Stream stream, Worker& worker)
      : stream_(std::move(stream)), worker_(worker), shared_(worker.shared), limits_(shared_.service.limits) {
    session_ = worker_.sessions.emplace(worker_.sessions.end());
    boost::system::error_code error;
    session_->interrupt = [this] {
      boost::system::error_code ignored;
      beast::get_lowest_layer(stream_).cancel(ignored);
    };
    const auto peer = beast::get_lowest_layer(stream_).remote_endpoint(error);
    if (!error) peer_ = peer.address().to_string();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { worker_.sessions.erase(session_); }

  asio::awaitable<void> run() {
    if constexpr (!std::is_same_v<Stream, tcp::socket>) {
      wait_at_most(limits_.handshake_ms_max);
      const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
      if (error) co_return;
    }
    bool more = true;
    while (more) more = co_await answer_next();
    if (linger_) {
      parser_.reset();
      co_await linger();
    } else if constexpr (!std::is_same_v<Stream, tcp::socket>) {
      wait_at_most(limits_.linger_ms_max);
      co_await stream_.async_shutdown(as_result);
    }
  }

 private:
  void wait_at_most(std::uint32_t ms, SteadyTime end = SteadyTime::max()) {
    session_->deadline = std::min(end, steady_clock::now() + milliseconds(ms));
  }

  // Reads what comes next into the buffer.
  asio::awaitable<Read> fill(std::size_t bytes_max) {
    if (session_->expired) co_return Read::timed_out;
    const auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(bytes_max), as_result);
    buffer_.commit(count);
    if (!error) co_return Read::done;
    co_return session_->expired ? Read::timed_out : Read::closed;
  }

  asio::awaitable<Read> read_head() {
    // Whoever has asked for nothing yet may be here only to take the room of others.
    wait_at_most(is_first_ ? limits_.head_ms_max : limits_.idle_ms_max);
    is_first_ = false;
    worker_.begin_idle(session_);
    std::size_t used = 0;
    std::ptrdiff_t lines = 0;
    while (true) {
      // Some clients end a body with one line end too many (RFC 9112, section 2.2).
      while (used == 0 && view_of(buffer_).starts_with("\r\n")) buffer_.consume(2);
      // Whoever asks so gets no body, not even with a refusal of what was not read to its end.
      if (used == 0 && view_of(buffer_).starts_with("HEAD ")) kind_ = MethodKind::head;
      if (buffer_.size() > 0 && session_->idle) {
        session_->idle = false;
        session_->expired = false;  // what would have ended the idling came too late
        wait_at_most(limits_.head_ms_max);
      }
      boost::system::error_code error = http::error::need_more;
      if (buffer_.size() > 0) {
        const std::size_t count = parser_->put(buffer_.data(), error);
        lines += std::ranges::count(view_of(buffer_).substr(0, count), '\n');
        buffer_.consume(count);
        used += count;
      }
      if (parser_->is_header_done()) co_return Read::done;
      if (error && error != http::error::need_more) {
        co_return error == http::error::header_limit ? Read::too_large : Read::malformed;
      }
      if (used + buffer_.size() >= limits_.header_bytes_max) co_return Read::too_large;
      // Not only at the end of the head: a line of four bytes takes the parser eighty. The request's line is none.
      if (lines > std::ptrdiff_t{limits_.header_lines_max} + 1) co_return Read::too_large;
      const Read outcome = co_await fill(std::min<std::size_t>(head_read_bytes, limits_.header_bytes_max - used));
      // Nothing was asked yet: nobody waits for an answer.
      if (outcome != Read::done) co_return session_->idle ? Read::closed : outcome;
    }
  }

  // Reads the body to its end; `keep` false: only counts it.
  asio::awaitable<Read> read_body(bool keep) {
    const SteadyTime end = steady_clock::now() + milliseconds(limits_.body_ms_max);
    parser_->body_limit(shared_.service.picture_bytes_max);
    while (!parser_->is_done()) {
      boost::system::error_code error;
      auto& body = parser_->get().body();
      const std::size_t before = body.size();
      const std::size_t count = buffer_.size() > 0 ? parser_->put(buffer_.data(), error) : 0;
      buffer_.consume(count);
      worker_.metrics.upload_bytes.add(body.size() - before);  // without what frames chunks
      if (!keep) body.clear();
      if (error == http::error::body_limit) co_return Read::too_large;
      if (error && error != http::error::need_more) co_return Read::malformed;
      if (count > 0 && !error) continue;
      // A chunk's header that does not end, or trailers without end.
      if (buffer_.size() >= limits_.header_bytes_max) co_return Read::malformed;
      wait_at_most(limits_.body_idle_ms_max, end);
      const Read outcome = co_await fill(body_read_bytes);
      if (outcome != Read::done) co_return outcome;
    }
    co_return Read::done;
  }

  std::string_view field(http::field name) const { return view(parser_->get()[name]); }

  // Answers one request. Result: whether another may follow on this connection.
  asio::awaitable<bool> answer_next() {
    parser_.emplace();
    if (buffer_.size() == 0 && buffer_.capacity() > limits_.header_bytes_max) buffer_.shrink_to_fit();
    parser_->header_limit(limits_.header_bytes_max);
    parser_->body_limit(boost::none);
    kind_ = MethodKind::other;
    const Read head = co_await read_head();
    if (head == Read::closed) co_return false;
    const auto begun = steady_clock::now();
    session_->deadline = SteadyTime::max();
    std::optional<Response> response;
    audit_.clear();
    target_ = {};
    // Before the body, whose trailers the parser puts among the headers.
    correlation_id_ = correlation_id(field_named("X-Correlation-Id"));
    allowed_origin_ = allowed_origin();
    if (head == Read::done) {
      kind_ = kind_of(parser_->get().method());
      target_ = parse_target(view(parser_->get().target()));
      // What is the operator's is for no page but our own.
      if (is_operator_route(target_.route)) allowed_origin_ = {};
      const std::uint16_t fault = head_fault(*parser_, limits_);
      if (fault == 0) {
        response = co_await answer();
      } else {
        response = transport_problem(fault);
        close_ = true;
      }
    } else {
      response = refusal_of(head);
    }
    const bool whole = head == Read::done && parser_->is_done();
    close_ = close_ || !whole || !parser_->keep_alive() || shared_.stopping.load(std::memory_order_relaxed);
    linger_ = !whole || (close_ && buffer_.size() > 0);
    const bool more = co_await finish(response, begun);
    co_return more;
  }

  // The answer to a request that did not arrive as it should; nothing where the client is gone.
  std::optional<Response> refusal_of(Read outcome) {
    close_ = true;
    switch (outcome) {
      case Read::timed_out: return transport_problem(408);
      case Read::too_large: return transport_problem(431);
      case Read::malformed: return transport_problem(400);
      case Read::done:
      case Read::closed: break;
    }
    return std::nullopt;
  }

  Request request_head() {
    collect_headers(*parser_, headers_);
    Request request;
    request.method = method_of(kind_);
    request.imodel_id = target_.imodel_id;
    request.query = target_.query;
    request.headers = headers_;
    if (const auto length = parser_->content_length()) request.body_bytes = *length;
    return request;
  }

  asio::awaitable<std::optional<Response>> answer() {
    const Service& service = shared_.service;
    const std::string_view host = target_.authority.value_or(field(http::field::host));
    const bool offered = !is_operator_route(target_.route) || service.operator_routes == OperatorRoutes::on ||
                         (service.operator_routes == OperatorRoutes::local && is_local_host(host));
    if (target_.route == Route::unknown || !offered) co_return transport_problem(404);
    if (kind_ == MethodKind::options) co_return preflight_answer(target_.route, !allowed_origin_.empty());
    if (target_.route == Route::thumbnail) {
      const Request request = request_head();
      if (kind_ == MethodKind::put) {
        std::optional<Response> stored = co_await upload(request);
        co_return stored;
      }
      AuditSink::mine().clear();
      Response response = service.engine->handle(request);
      std::swap(audit_, AuditSink::mine());
      co_return response;
    }
    if (kind_ != MethodKind::get && kind_ != MethodKind::head) {
      co_return transport_problem(405, allowed_methods(target_.route));
    }
    const std::string known = joined_field(*parser_, http::field::if_none_match);
    if (target_.route == Route::openapi) co_return asset_answer(openapi_document(), known);
    if (target_.route == Route::page) co_return asset_answer(*find_page_asset(target_.path), known);
    Response response = co_await answer_aside();
    co_return response;
  }

  // What asks the store more than one fetch does must not keep the fetches waiting.
  asio::awaitable<Response> answer_aside() {
    const bool is_probe = target_.route == Route::health || target_.route == Route::metrics;
    std::optional<GalleryTurn> turn;
    if (!is_probe && !turn.emplace(shared_).is_given()) {
      co_return shared_.service.engine->problem(Code::store_busy, Method::get);
    }
    const Request request = request_head();
    const auto work = [this, &request]() -> asio::awaitable<Response> {
      AuditSink::mine().clear();
      Response response = chore(request);
      std::swap(audit_, AuditSink::mine());
      co_return response;
    };
    auto& threads = is_probe ? shared_.probes : shared_.chores;
    Response response = co_await asio::co_spawn(threads, work, asio::use_awaitable);
    co_return response;
  }

  Response chore(const Request& request) const {
    const Service& service = shared_.service;
    switch (target_.route) {
      case Route::metrics: return text_answer(200, "text/plain; version=0.0.4", shared_.metrics_text());
      case Route::health: return health_answer(service);
      case Route::gallery_list: return gallery_list_answer(service, request);
      case Route::gallery_entry: return gallery_entry_answer(service, request);
      default: return transport_problem(404);
    }
  }

  // A PUT is refused before its body is taken, wherever HTTP allows it.
  asio::awaitable<std::optional<Response>> upload(const Request& head) {
    Engine& engine = *shared_.service.engine;
    AuditSink::mine().clear();
    auto permit = engine.open_upload(head);
    std::swap(audit_, AuditSink::mine());
    if (!permit) {
      const std::uint16_t status = permit.error().status;
      // The body's size comes before what the id may tell (403, 404), and a chunked body tells it only at its end.
      if (parser_->chunked() && (status == 403 || status == 404)) {
        const bool asked = co_await send_continue();
        if (!asked) co_return std::nullopt;
        const Read counted = co_await read_body(false);
        if (counted != Read::done) audit_.code = {};  // another refusal is answered
        if (counted == Read::too_large) co_return engine.problem(Code::body_too_large, Method::put);
        if (counted != Read::done) co_return refusal_of(counted);
      }
      co_return std::move(permit.error());
    }
    const auto lease =
        shared_.room.take(audit_.user, parser_->chunked() ? shared_.service.picture_bytes_max : head.body_bytes);
    if (!lease) co_return engine.problem(Code::store_busy, Method::put);
    const bool asked = co_await send_continue();
    if (!asked) co_return std::nullopt;
    const Read received = co_await read_body(true);
    if (received == Read::too_large) co_return engine.problem(Code::body_too_large, Method::put);
    if (received != Read::done) co_return refusal_of(received);
    session_->deadline = SteadyTime::max();
    const auto& body = parser_->get().body();
    const BytesView bytes(reinterpret_cast<const std::byte*>(body.data()), body.size());
    const auto work = [&]() -> asio::awaitable<Response> {
      AuditSink::count_into(&shared_.render_metrics);
      std::swap(audit_, AuditSink::mine());  // what opening it told stays, where it is not decided once more
      Response stored = engine.finish_upload(std::move(*permit), bytes);
      std::swap(audit_, AuditSink::mine());
      co_return stored;
    };
    Response response = co_await asio::co_spawn(shared_.renders, work, asio::use_awaitable);
    co_return response;
  }

  // Asks for the body where the client waits to be asked. Result: whether the client is still there.
  asio::awaitable<bool> send_continue() {
    if (field(http::field::expect).empty() || parser_->is_done() || buffer_.size() > 0) co_return true;
    if (parser_->get().version() < 11) co_return true;  // does not know it, RFC 9110 section 10.1.1
    wait_at_most(limits_.answer_ms_max);
    constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [error, count] = co_await asio::async_write(stream_, asio::buffer(line), as_result);
    co_return !error;
  }

  // Result: a text of the service, or nothing.
  std::string_view allowed_origin() const {
    const auto& origins = shared_.service.allowed_origins;
    const std::string_view origin = field(http::field::origin);
    if (origins.empty() || origin.empty()) return {};
    if (origins.front() == "*") return "*";
    const auto found = std::ranges::find(origins, origin);
    return found != origins.end() ? std::string_view(*found) : std::string_view();
  }

  // Sends the answer, if there is one, and tells of it. Result: whether the connection goes on.
  asio::awaitable<bool> finish(const std::optional<Response>& response, SteadyTime begun) {
    std::uint64_t sent = 0;
    std::uint16_t status = ServerMetrics::dropped;
    if (response && !session_->ended) {
      AnswerFrame frame{.head_only = kind_ == MethodKind::head,
                        .close = close_,
                        .http_1_0 = parser_->is_header_done() && parser_->get().version() == 10,
                        .correlation_id = correlation_id_,
                        .allowed_origin = allowed_origin_,
                        .varies_by_origin = !shared_.service.allowed_origins.empty()};
      const bool taken = co_await send(*response, frame, sent);
      if (taken) status = response->status;
    }
    tell(begun, status, sent);
    co_return status != ServerMetrics::dropped && !close_;
  }

  std::string_view field_named(std::string_view name) const {
    return view(parser_->get()[beast::string_view(name.data(), name.size())]);
  }

  asio::awaitable<bool> send(const Response& response, const AnswerFrame& frame, std::uint64_t& sent) {
    session_->expired = false;
    wait_at_most(limits_.answer_ms_max);
    head_.clear();
    append_head(head_, response, frame);
    const BytesView body = has_body(response, frame) ? response.body.view() : BytesView();
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(body.data(), body.size())};
    const auto [error, count] = co_await asio::async_write(stream_, parts, all_at_once, as_result);
    sent = count > head_.size() ? count - head_.size() : 0;
    co_return !error;
  }

  void tell(SteadyTime begun, std::uint16_t status, std::uint64_t sent) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun).count();
    worker_.metrics.answered(kind_, status, static_cast<std::uint64_t>(us), sent);
    if (!shared_.service.log->is_open()) return;
    AccessEntry entry;
    entry.correlation_id = correlation_id_;
    entry.peer = peer_;
    entry.method = kind_;
    entry.route = target_.route;
    entry.imodel_id = parse_guid(target_.imodel_id);
    entry.status = status;
    entry.bytes = sent;
    entry.duration_us = static_cast<std::uint64_t>(us);
    entry.user = audit_.user;
    entry.client_id = audit_.client_id;
    entry.rule = audit_.rule;
    entry.code = audit_.code;
    entry.why = audit_.why;
    shared_.service.log->write(entry);
  }

  // Reads what a refused client still sends, so that it gets to read the answer; a close would reset the connection.
  asio::awaitable<void> linger() {
    session_->expired = false;
    wait_at_most(limits_.linger_ms_max);
    if constexpr (!std::is_same_v<Stream, tcp::socket>) {
      // Or the client could not tell the end from an answer that was cut off. What it still sends ends the waiting for
      // its own notice.
      co_await stream_.async_shutdown(as_result);
    }
    boost::system::error_code error;
    beast::get_lowest_layer(stream_).shutdown(tcp::socket::shutdown_send, error);
    std::uint64_t drained = 0;
    while (!error && !session_->expired && !session_->ended && drained < limits_.linger_bytes_max) {
      buffer_.clear();
      const auto [failed, count] =
          co_await beast::get_lowest_layer(stream_).async_read_some(buffer_.prepare(body_read_bytes), as_result);
      error = failed;
      drained += count;
    }
  }

  Stream stream_;
  Worker& worker_;
  Shared& shared_;
  const ServerLimits& limits_;
  std::list<Session>::iterator session_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  MethodKind kind_ = MethodKind::other;
  Target target_;
  std::string correlation_id_;
  std::string_view allowed_origin_;
  std::vector<HeaderView> headers_;
  std::string head_;
  Audit audit_;
  bool is_first_ = true;
  bool close_ = false;
  bool linger_ = false;
};

}  // namespace

asio::awaitable<void> serve_connection(tcp::socket socket, Worker& worker, std::shared_ptr<asio::ssl::context> tls) {
  if (tls) {
    Connection<asio::ssl::stream<tcp::socket>> connection(asio::ssl::stream<tcp::socket>(std::move(socket), *tls),
                                                          worker);
    co_await connection.run();
  } else {
    Connection<tcp::socket> connection(std::move(socket), worker);
    co_await connection.run();
  }
}

}  // namespace locket::tool
