#pragma once
// A question on the bottom line: Y does it, N or ESC does not.

#include "keys.h"

#include <external/console/desk.h>

namespace external::console {

struct Question {
  enum class Answer { none, yes, no };

  std::string text;
  Action action;  ///< for Y

  static Answer answer(const Key& key) {
    if (key.kind == Key::Kind::escape) return Answer::no;
    if (key.kind != Key::Kind::character) return Answer::none;
    if (key.character == 'y') return Answer::yes;
    return key.character == 'n' ? Answer::no : Answer::none;
  }
};

}  // namespace external::console
