#include "interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace glimpse::app {
namespace {

std::atomic<void (*)(void*)> interrupt_action{nullptr};
std::atomic<void*> interrupt_context{nullptr};

void on_signal(int) { interrupt_action.load()(interrupt_context.load()); }

void cancel_or_exit(void* context) {
  auto* token = static_cast<CancelToken*>(context);
  if (token->cancelled()) ::_exit(130);
  token->cancel();
}

}  // namespace

void on_interrupt(void (*action)(void* context), void* context) {
  interrupt_context.store(context);
  interrupt_action.store(action);
  struct sigaction handler{};
  handler.sa_handler = on_signal;
  ::sigaction(SIGINT, &handler, nullptr);
  ::sigaction(SIGTERM, &handler, nullptr);
}

void cancel_on_interrupt(CancelToken& token) { on_interrupt(cancel_or_exit, &token); }

CancelToken& interruption() {
  static CancelToken token;
  cancel_on_interrupt(token);
  return token;
}

}  // namespace glimpse::app
