#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace glimpse::server {

/// Threads that run tasks in order of arrival. A full queue refuses a task instead of making the caller wait, so that
/// load turns into quick refusals, not into memory and delay.
class WorkerPool {
 public:
  using Task = std::function<void()>;
  WorkerPool(int threads, std::size_t capacity);
  ~WorkerPool() { join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False, and nothing happens, when `capacity` tasks are waiting.
  bool try_post(Task task);
  /// For the rest of an answer that has begun: never refused.
  void post(Task task);
  std::size_t waiting() const;
  /// Finishes what is queued, then ends the threads.
  void join();

 private:
  void work();

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace glimpse::server
