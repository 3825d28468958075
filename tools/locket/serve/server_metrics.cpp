#include "serve/server_metrics.hpp"

#include <algorithm>

#include "locket/version.hpp"

namespace locket::tool {
namespace {

constexpr std::array<std::string_view, 5> method_names{"GET", "HEAD", "PUT", "OPTIONS", "other"};

/// Builds the page. Names and label values are the program's own, so that nothing needs to be escaped.
class Page {
 public:
  /// Begins a metric: its two comment lines.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
    text_.append(" ").append(type).append("\n");
  }

  /// One line of the metric. `suffix` and `labels` may be empty.
  void line(std::string_view suffix, std::string_view labels, std::string_view value) {
    text_.append(name_).append(suffix);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(value).append("\n");
  }

  /// A metric with one number.
  void single(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    metric(name, type, help);
    line("", "", std::to_string(value));
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

template <class Pick>
std::uint64_t sum(std::span<const ServerMetrics* const> threads, Pick pick) {
  std::uint64_t total = 0;
  for (const ServerMetrics* thread : threads) total += pick(*thread).value();
  return total;
}

std::string in_seconds(std::uint64_t us) {
  std::string digits = std::to_string(us % 1'000'000);
  digits.insert(0, 6 - digits.size(), '0');
  return std::to_string(us / 1'000'000) + "." + digits;
}

std::string status_label(std::uint16_t status) {
  if (status == ServerMetrics::dropped) return "dropped";
  return status == ServerMetrics::strange ? "other" : std::to_string(status);
}

void add_requests(Page& page, std::span<const ServerMetrics* const> threads) {
  page.metric("locket_http_requests_total", "counter", "Requests by method and status.");
  for (std::size_t method = 0; method < method_names.size(); ++method) {
    for (std::size_t status = 0; status < ServerMetrics::statuses.size(); ++status) {
      const auto count =
          sum(threads, [&](const ServerMetrics& m) -> const Count& { return m.requests[method][status]; });
      if (count == 0) continue;
      page.line("",
                "method=\"" + std::string(method_names[method]) + "\",status=\"" +
                    status_label(ServerMetrics::statuses[status]) + "\"",
                std::to_string(count));
    }
  }
}

void add_latencies(Page& page, std::span<const ServerMetrics* const> threads) {
  page.metric("locket_http_request_duration_seconds", "histogram",
              "From a request's last header byte to its answer's last byte.");
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= ServerMetrics::bounds_us.size(); ++i) {
    total += sum(threads, [&](const ServerMetrics& m) -> const Count& { return m.latencies[i]; });
    const bool last = i == ServerMetrics::bounds_us.size();
    page.line("_bucket", "le=\"" + (last ? "+Inf" : in_seconds(ServerMetrics::bounds_us[i])) + "\"",
              std::to_string(total));
  }
  page.line("_sum", "", in_seconds(sum(threads, [](const ServerMetrics& m) -> const Count& { return m.latency_us; })));
  page.line("_count", "", std::to_string(total));
}

void add_decisions(Page& page, std::span<const ServerMetrics* const> threads) {
  page.metric("locket_access_decisions_total", "counter", "Access decisions by the rule that decided.");
  for (std::size_t rule = 0; rule < ServerMetrics::rules; ++rule) {
    for (std::size_t allowed = 0; allowed < 2; ++allowed) {
      const auto count =
          sum(threads, [&](const ServerMetrics& m) -> const Count& { return m.decisions[rule][allowed]; });
      if (count == 0) continue;
      page.line("",
                "rule=\"" + std::string(rule_name(static_cast<Rule>(rule))) + "\",allowed=\"" +
                    (allowed == 1 ? "true" : "false") + "\"",
                std::to_string(count));
    }
  }
}

void add_memory(Page& page, const StoreStatistics& store) {
  struct Row {
    std::string_view name;
    std::string_view kind;
    std::string_view help;
    std::uint64_t MemoryStatistics::* count;
  };
  static constexpr Row rows[] = {
      {"locket_hot_hits_total", "counter", "Look-ups that memory answered.", &MemoryStatistics::hits},
      {"locket_hot_misses_total", "counter", "Look-ups that it could not answer.", &MemoryStatistics::misses},
      {"locket_hot_evictions_total", "counter", "What made room for others.", &MemoryStatistics::evictions},
      {"locket_hot_entries", "gauge", "What memory holds.", &MemoryStatistics::entries},
      {"locket_hot_bytes", "gauge", "Bytes that memory holds.", &MemoryStatistics::bytes},
  };
  for (const Row& row : rows) {
    page.metric(row.name, row.kind, row.help);
    page.line("", "of=\"pictures\"", std::to_string(store.hot_pictures.*row.count));
    page.line("", "of=\"imodels\"", std::to_string(store.hot_imodels.*row.count));
  }
}

void add_store(Page& page, const StoreStatistics& store) {
  page.single("locket_store_imodels", "gauge", "iModels that the store knows.", store.imodels);
  page.single("locket_store_thumbnails", "gauge", "iModels with a thumbnail.", store.thumbnails);
  page.single("locket_store_pictures", "gauge", "Distinct PNGs.", store.pictures);
  page.single("locket_store_picture_bytes", "gauge", "Bytes of all distinct PNGs.", store.picture_bytes);
  page.single("locket_store_file_bytes", "gauge", "Size of the store's file.", store.file_bytes);
  page.single("locket_store_wal_bytes", "gauge", "Size of the store's write-ahead log.", store.wal_bytes);
  page.single("locket_store_failed_imports", "gauge", "Imports that failed and have not succeeded since.",
              store.failures);
  page.single("locket_access_revision", "gauge", "Revision of the access facts.", store.access_revision);
  add_memory(page, store);
}

}  // namespace

void ServerMetrics::answered(MethodKind method, std::uint16_t status, std::uint64_t us, std::uint64_t bytes) noexcept {
  const auto* place = std::ranges::find(statuses, status);
  if (place == statuses.end()) place = std::ranges::find(statuses, strange);
  requests[static_cast<std::size_t>(method)][static_cast<std::size_t>(place - statuses.begin())].add();
  const auto* const bound = std::ranges::lower_bound(bounds_us, us);
  latencies[static_cast<std::size_t>(bound - bounds_us.begin())].add();
  latency_us.add(us);
  answer_bytes.add(bytes);
}

std::string to_prometheus(std::span<const ServerMetrics* const> threads, const ServerGauges& gauges) {
  Page page;
  page.metric("locket_build_info", "gauge", "The version that runs.");
  page.line("", "version=\"" + std::string(version()) + "\"", "1");
  page.single("locket_uptime_seconds", "counter", "Since the server was started.", gauges.uptime_s);
  add_requests(page, threads);
  add_latencies(page, threads);
  const auto total = [&](Count ServerMetrics::* member) {
    return sum(threads, [&](const ServerMetrics& m) -> const Count& { return m.*member; });
  };
  page.single("locket_http_answer_bytes_total", "counter", "Bytes of bodies sent.",
              total(&ServerMetrics::answer_bytes));
  page.single("locket_http_upload_bytes_total", "counter", "Bytes of uploads received.",
              total(&ServerMetrics::upload_bytes));
  page.single("locket_http_connections_total", "counter", "Connections accepted.", total(&ServerMetrics::connections));
  page.single("locket_http_connections_refused_total", "counter", "Connections beyond the limit.",
              gauges.connections_refused);
  page.single("locket_http_connections_open", "gauge", "Connections open now.", gauges.connections_open);
  page.single("locket_uploads_in_flight", "gauge", "Uploads received or rendered now.", gauges.uploads_in_flight);
  page.single("locket_upload_bytes_in_flight", "gauge", "Memory set aside for them.", gauges.upload_bytes_in_flight);
  add_decisions(page, threads);
  const auto refused = std::ranges::find(ServerMetrics::statuses, 429) - ServerMetrics::statuses.begin();
  std::uint64_t over_rate = 0;
  for (std::size_t method = 0; method < method_names.size(); ++method) {
    over_rate += sum(threads, [&](const ServerMetrics& m) -> const Count& {
      return m.requests[method][static_cast<std::size_t>(refused)];
    });
  }
  page.single("locket_rate_limited_total", "counter", "Requests over a rate limit of their client.", over_rate);
  if (gauges.store != nullptr) add_store(page, *gauges.store);
  page.single("locket_store_up", "gauge", "Whether the store could be asked.", gauges.store_up ? 1 : 0);
  return page.take();
}

}  // namespace locket::tool
