#pragma once

#include <termios.h>

#include <cstddef>

#include "base/result.h"

namespace glimpse::app {

/// What a person says of a candidate.
struct Answer {
  enum class Kind { kGrade, kSkip, kUndo, kQuit };
  Kind kind = Kind::kQuit;
  int grade = 0;  ///< Of kGrade.
};

/// Where answers come from. The end of them is kQuit.
class Answers {
 public:
  virtual ~Answers() = default;
  virtual Result<Answer> next() = 0;
  /// Whether somebody is there to be asked again when an answer could not be stored.
  virtual bool can_be_asked_again() const = 0;
};

/// Single keys of the terminal at standard input, without Enter: its line editing is off while the object lives. Other
/// keys are told what there is. Ctrl-C, Ctrl-D and SIGTERM quit.
class KeyAnswers : public Answers {
 public:
  KeyAnswers();
  ~KeyAnswers() override;
  KeyAnswers(const KeyAnswers&) = delete;
  KeyAnswers& operator=(const KeyAnswers&) = delete;
  Result<Answer> next() override;
  bool can_be_asked_again() const override { return true; }

 private:
  termios before_{};
};

/// Lines of standard input, an answer each. Errors: invalid_argument with the number of a line that is none.
class LineAnswers : public Answers {
 public:
  Result<Answer> next() override;
  bool can_be_asked_again() const override { return false; }

 private:
  std::size_t line_ = 0;
};

}  // namespace glimpse::app
