#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace glimpse::analyze {

/// Calls body(i) for each i below `count`, in blocks, on at most `threads` threads; returns when all are done. What
/// body(i) writes must belong to i alone: then the result does not depend on the number of threads.
template <typename Body>
void for_each_index(std::size_t count, int threads, const Body& body) {
  constexpr std::size_t kBlock = 16;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t begin = next.fetch_add(kBlock); begin < count; begin = next.fetch_add(kBlock)) {
      for (std::size_t i = begin; i < std::min(count, begin + kBlock); ++i) body(i);
    }
  };
  const std::size_t blocks = (count + kBlock - 1) / kBlock;
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(blocks, static_cast<std::size_t>(std::max(1, threads))); ++i) {
    helpers.emplace_back(work);
  }
  work();
}

}  // namespace glimpse::analyze
