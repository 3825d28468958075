#include "redis/cluster.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace locket::redis {
namespace {

constexpr int redirects_max = 5;
constexpr std::size_t nodes_max = 1'000;
constexpr auto learn_again_after = std::chrono::milliseconds(100);

Moment half_way_to(Moment until) {
  const Moment now = std::chrono::steady_clock::now();
  return now + std::max(until - now, Moment::duration(0)) / 2;
}

bool starts_with(const redisReply& reply, std::string_view word) {
  return reply.type == REDIS_REPLY_ERROR && text_of(reply).starts_with(word);
}

}  // namespace

Cluster::Cluster(const RedisOptions& options) : options_(options), first_{options.host, options.port} {}

// `MOVED 3999 127.0.0.1:6381` or `ASK 3999 127.0.0.1:6381`; without a host, the one that answered is meant.
auto Cluster::redirect_of(const redisReply& reply, const Address& from) -> std::optional<Redirect> {
  Redirect redirect;
  redirect.asking = starts_with(reply, "ASK ");
  if (!redirect.asking && !starts_with(reply, "MOVED ")) return std::nullopt;
  const std::string_view text = text_of(reply);
  const std::string_view place = text.substr(text.rfind(' ') + 1);
  const auto colon = place.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view port = place.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), redirect.to.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  redirect.to.host = colon == 0 ? from.host : std::string(place.substr(0, colon));
  return redirect;
}

auto Cluster::node_at(const Address& address) -> NodePtr {
  const auto found = std::ranges::find(nodes_, address, [](const NodePtr& node) { return node->address(); });
  if (found != nodes_.end()) return *found;
  auto made = std::make_shared<Node>(address, options_);
  // Servers come and go; those that have no slot are forgotten when there are too many.
  if (nodes_.size() >= nodes_max) std::erase_if(nodes_, [](const NodePtr& node) { return node.use_count() == 1; });
  nodes_.push_back(made);
  return made;
}

auto Cluster::node_of_slot(std::uint16_t slot) -> NodePtr {
  const std::scoped_lock lock(mutex_);
  return slots_[slot] != nullptr ? slots_[slot] : node_at(first_);
}

auto Cluster::all_nodes() -> std::vector<NodePtr> {
  const std::scoped_lock lock(mutex_);
  std::vector<NodePtr> nodes = nodes_;
  if (nodes.empty()) nodes.push_back(node_at(first_));
  std::ranges::stable_partition(nodes, [](const NodePtr& node) { return !node->is_suspect(); });
  return nodes;
}

void Cluster::learn_range(const redisReply& range, const Address& from) {
  if (range.type != REDIS_REPLY_ARRAY || range.elements < 3) return;
  const redisReply& first = *range.element[0];
  const redisReply& last = *range.element[1];
  const redisReply& master = *range.element[2];
  if (first.type != REDIS_REPLY_INTEGER || last.type != REDIS_REPLY_INTEGER || first.integer < 0 ||
      last.integer >= hash_slots || master.type != REDIS_REPLY_ARRAY || master.elements < 2 ||
      master.element[1]->type != REDIS_REPLY_INTEGER) {
    return;
  }
  const auto node_of = [&](const redisReply& told) {
    const std::string_view host = text_of(*told.element[0]);
    return node_at(
        {host.empty() ? from.host : std::string(host), static_cast<std::uint16_t>(told.element[1]->integer)});
  };
  const NodePtr node = node_of(master);
  // The replicas are asked as well who has which slot: one of them takes over, and may be all that is left.
  for (std::size_t i = 3; i < range.elements; ++i) {
    const redisReply& replica = *range.element[i];
    if (replica.type != REDIS_REPLY_ARRAY || replica.elements < 2) continue;
    if (replica.element[1]->type == REDIS_REPLY_INTEGER) static_cast<void>(node_of(replica));
  }
  for (auto slot = first.integer; slot <= last.integer; ++slot) slots_[static_cast<std::size_t>(slot)] = node;
}

bool Cluster::is_learnt() {
  const std::scoped_lock lock(mutex_);
  return learnt_ != Moment{};
}

// Asks any server that answers who has which slot. One thread does, and not again too soon; the others go on with what
// is known, for a server that does not have a slot says who does. Those that answered last come first, and each has a
// share of the time only, for one that hangs would take all.
void Cluster::learn_slots(Moment until, const Node* except) {
  static constexpr std::array<std::string_view, 2> words{"CLUSTER", "SLOTS"};
  {
    const std::scoped_lock lock(mutex_);
    if (learning_ || std::chrono::steady_clock::now() < learnt_ + learn_again_after) return;
    learning_ = true;
  }
  for (const NodePtr& node : all_nodes()) {
    if (node.get() == except) continue;
    const auto reply = node->call(words, false, half_way_to(until));
    if (!reply || (*reply)->type == REDIS_REPLY_ERROR) continue;  // a single server says that it is no cluster
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < (*reply)->elements; ++i) learn_range(*(*reply)->element[i], node->address());
    break;
  }
  const std::scoped_lock lock(mutex_);
  learning_ = false;
  learnt_ = std::chrono::steady_clock::now();
}

Result<Reply> Cluster::call(std::string_view key, std::span<const std::string_view> words, Moment until) {
  const std::uint16_t slot = hash_slot(key);
  if (!is_learnt()) learn_slots(until);
  NodePtr node = node_of_slot(slot);
  if (node->is_suspect()) {
    learn_slots(half_way_to(until), node.get());
    node = node_of_slot(slot);
  }
  bool asking = false;
  for (int step = 0; step <= redirects_max; ++step) {
    auto reply = node->call(words, asking, until);
    if (!reply) {
      // Another server may have taken over; who asks next finds it.
      if (std::chrono::steady_clock::now() < until) learn_slots(until);
      if (const NodePtr now = node_of_slot(slot); now != node && std::chrono::steady_clock::now() < until) {
        node = now;
        asking = false;
        continue;
      }
      return reply;
    }
    const auto redirect = redirect_of(**reply, node->address());
    if (!redirect) return reply;
    if (redirect->asking) {
      const std::scoped_lock lock(mutex_);
      node = node_at(redirect->to);
    } else {
      const std::scoped_lock lock(mutex_);
      node = slots_[slot] = node_at(redirect->to);
    }
    asking = redirect->asking;
    if (!asking) learn_slots(until);  // where one slot moved, others did
  }
  return fail(Code::rate_limiter_unavailable, "Redis: the servers send the question round and round");
}

}  // namespace locket::redis
