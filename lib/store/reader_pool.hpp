#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "locket/error.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Connections that read, lent to one thread at a time. They are opened when first needed, up to a count.
class ReaderPool {
 public:
  /// A connection on loan; goes back at the end of this object.
  class Loan {
   public:
    /// Takes over a connection of the pool.
    Loan(ReaderPool& pool, std::unique_ptr<Connection> connection) noexcept
        : pool_(&pool), connection_(std::move(connection)) {}
    Loan(Loan&& other) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan();

    /// The connection. Lives as long as this object.
    [[nodiscard]] Connection& operator*() const noexcept { return *connection_; }

    /// Closes the connection instead of giving it back, after an error that may stick to it.
    void discard() noexcept;

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
    bool discarded_ = false;
  };

  /// Inputs: the resolved path of the store; how many connections may be open at once; how long a thread may wait.
  ReaderPool(std::string path, std::size_t connections_max, std::uint32_t busy_wait_ms);
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Lends a connection. Result: the loan; `store_busy` when all were in use for the stated time; or why none could be
  /// opened. Any thread.
  [[nodiscard]] Result<Loan> borrow();

 private:
  void give_back(std::unique_ptr<Connection> connection) noexcept;

  std::string path_;
  std::size_t connections_max_;
  std::uint32_t busy_wait_ms_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
};

}  // namespace locket::store
