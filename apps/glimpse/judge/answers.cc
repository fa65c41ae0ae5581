#include "judge/answers.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>

#include "base/utf8.h"
#include "interrupt.h"

namespace glimpse::app {
namespace {

constexpr char kControlC = 3, kControlD = 4;

std::optional<Answer> answer_of(char key) {
  using Kind = Answer::Kind;
  if (key >= '0' && key <= '3') return Answer{Kind::kGrade, key - '0'};
  if (key == 's') return Answer{Kind::kSkip};
  if (key == 'u') return Answer{Kind::kUndo};
  if (key == 'q' || key == kControlC || key == kControlD) return Answer{Kind::kQuit};
  return std::nullopt;
}

/// A line without its end, the rest of a long one dropped; nothing at the end of the input.
std::optional<std::string> read_line() {
  constexpr std::size_t kKept = 64;
  std::string line;
  for (int c = std::getchar();; c = std::getchar()) {
    if (c == EOF && line.empty()) return std::nullopt;
    if (c == EOF || c == '\n') break;
    if (line.size() < kKept) line += static_cast<char>(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

/// The next key, or 'q' when there will be none.
char read_key() {
  constexpr int kLookUpMs = 200;
  while (!interruption().cancelled()) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, kLookUpMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    char key = 0;
    if (ready < 0 || ::read(STDIN_FILENO, &key, 1) != 1) return 'q';
    return key;
  }
  return 'q';
}

}  // namespace

KeyAnswers::KeyAnswers() {
  interruption();
  if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
  termios keys = before_;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

KeyAnswers::~KeyAnswers() { ::tcsetattr(STDIN_FILENO, TCSANOW, &before_); }

Result<Answer> KeyAnswers::next() {
  for (;;) {
    const char key = read_key();
    const auto answer = answer_of(key);
    if (!answer) {
      fmt::print(stderr, "\n  0, 1, 2 or 3, s to skip, u to undo, q to quit: ");
      continue;
    }
    fmt::print(stderr, "{}\n", key >= ' ' ? key : 'q');
    return *answer;
  }
}

Result<Answer> LineAnswers::next() {
  const auto line = read_line();
  if (!line) return Answer{};
  ++line_;
  const auto answer = line->size() == 1 ? answer_of(line->front()) : std::nullopt;
  if (answer) return *answer;
  return Error::invalid_argument(
      "standard input, line {}: expected a grade from 0 to 3, s (skip), u (undo) or q (quit), got '{}'", line_,
      valid_utf8(*line));
}

}  // namespace glimpse::app
