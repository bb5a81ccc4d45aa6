#include "dialogue.h"

namespace external::console {

namespace {

constexpr char escape = '\x1b';

// The length of the escape sequence at the front, 0 if there is none.
std::size_t sequence_length(std::string_view keys) {
  if (keys.size() < 2 || keys[0] != escape) return 0;
  if (keys[1] == 'O') return 3;
  if (keys[1] != '[') return 0;
  std::size_t end = 2;
  while (end < keys.size() && (keys[end] < '@' || keys[end] > '~')) ++end;
  return end + 1;
}

}  // namespace

Dialogue::Outcome Dialogue::take(std::string_view keys) {
  Outcome outcome = Outcome::nothing;
  while (!keys.empty() && outcome != Outcome::quit) {
    const std::size_t skipped = sequence_length(keys);
    if (skipped > 0) {
      keys.remove_prefix(skipped < keys.size() ? skipped : keys.size());
      continue;
    }
    const Outcome next = take_key(keys.front());
    if (next != Outcome::nothing) outcome = next;
    keys.remove_prefix(1);
  }
  return outcome;
}

Dialogue::Outcome Dialogue::take_key(char key) {
  if (state_ == State::watching && key == escape) {
    state_ = State::asking;
    return Outcome::asked;
  }
  if (state_ != State::asking) return Outcome::nothing;
  if (key == 'y' || key == 'Y') {
    state_ = State::leaving;
    return Outcome::quit;
  }
  if (key == 'n' || key == 'N' || key == escape) state_ = State::watching;
  return Outcome::nothing;
}

std::string_view Dialogue::prompt() const {
  switch (state_) {
    case State::asking:
      return "Press Y to exit, N to continue.";
    case State::leaving:
      return "Shutting down ...";
    case State::watching:
      break;
  }
  return "ESC ends External.";
}

}  // namespace external::console
