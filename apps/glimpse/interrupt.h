#pragma once

#include "base/cancel.h"

namespace glimpse::app {

/// From now on Ctrl-C and SIGTERM call `action(context)`, each time, in signal context: it must be async-signal-safe.
void on_interrupt(void (*action)(void* context), void* context);

/// From now on the first Ctrl-C or SIGTERM cancels `token`, so that work stops at the next safe point; a second one
/// ends the program at once. `token` must outlive the program's work.
void cancel_on_interrupt(CancelToken& token);

/// The program's own token, cancelled by the first Ctrl-C or SIGTERM from the first call on.
CancelToken& interruption();

}  // namespace glimpse::app
