#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>

#include "serve/server_metrics.hpp"
#include "serve/service.hpp"
#include "serve/upload_room.hpp"

namespace locket::tool {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One connection, as its worker's clock sees it. Only the worker's thread touches it.
struct Session {
  std::function<void()> interrupt;  ///< ends what the connection waits for
  SteadyTime deadline = SteadyTime::max();
  SteadyTime idle_since;
  bool idle = false;     ///< before its first request, or between two
  bool expired = false;  ///< interrupted because its time was up
  bool ended = false;    ///< interrupted because the server ends
};

/// What the workers share. Any thread.
struct Shared {
  explicit Shared(const Service& given) : service(given), room(given.limits) {}

  const Service& service;
  UploadRoom room;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::function<std::string()> metrics_text;
  ServerMetrics render_metrics;  ///< of the threads that render
  // No pool of several threads: one that gets the first and not the second waits for it without end.
  boost::asio::io_context renders;     ///< uploads are rendered here, by threads of their own, so that fetches go on
  boost::asio::thread_pool chores{1};  ///< questions of the operator that may take long, and reloads
  boost::asio::thread_pool probes{1};  ///< health and metrics, which whoever watches asks just when all else is slow
  std::atomic<std::uint32_t> gallery_requests{0};  ///< waiting for `chores`, or answered there
};

/// One thread that serves its own share of the connections, so that they need no lock.
struct Worker {
  explicit Worker(Shared& all) : shared(all) {}

  /// Says that a connection of the list waits for a request from now on. Only this worker's thread.
  void begin_idle(std::list<Session>::iterator session) {
    session->idle = true;
    session->idle_since = std::chrono::steady_clock::now();
    sessions.splice(sessions.end(), sessions, session);
  }

  Shared& shared;
  ServerMetrics metrics;
  std::list<Session> sessions;                      ///< those that are idle stand in the order in which they became so
  std::atomic<std::uint32_t> newcomers_refused{0};  ///< that would have been this worker's, since its last tick
  boost::asio::io_context io{1};
};

}  // namespace locket::tool
