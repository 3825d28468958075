#include "timed_pair.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace locket::policy {
namespace {

// Mean and variance, one sample after the other (Welford).
class Moments {
 public:
  void add(double sample) {
    ++count_;
    const double delta = sample - mean_;
    mean_ += delta / count_;
    squares_ += delta * (sample - mean_);
  }

  double mean() const { return mean_; }

  // Welch's t between two sets of samples.
  static double t_between(const Moments& one, const Moments& other) {
    return (one.mean_ - other.mean_) / std::sqrt(one.variance_of_mean() + other.variance_of_mean());
  }

 private:
  double variance_of_mean() const { return squares_ / (count_ - 1) / count_; }

  double count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace

TimedPair timed_pair(int samples, const std::function<void(int kind)>& work) {
  std::mt19937 random(5);
  std::vector<std::pair<int, double>> times;
  times.reserve(static_cast<std::size_t>(samples));
  for (int i = 0; i < samples; ++i) {
    const int kind = static_cast<int>(random() & 1U);
    const auto start = std::chrono::steady_clock::now();
    work(kind);
    times.emplace_back(kind,
                       std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  std::vector<double> sorted;
  for (const auto& [kind, time] : times) sorted.push_back(time);
  const auto cut = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 9 / 10);
  std::nth_element(sorted.begin(), cut, sorted.end());
  Moments moments[2];
  for (const auto& [kind, time] : times) {
    if (time < *cut) moments[kind].add(time);
  }
  return {Moments::t_between(moments[0], moments[1]), moments[0].mean() - moments[1].mean()};
}

}  // namespace locket::policy
