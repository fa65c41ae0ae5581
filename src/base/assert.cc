#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace glimpse {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "glimpse: internal error: '%s' is false at %s:%d. Please report this.\n", expression, file,
               line);
  std::abort();
}

}  // namespace glimpse
