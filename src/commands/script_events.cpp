#include "script_events.h"

#include <external/base/text.h>

#include <ostream>

namespace external::commands {

void PrintedEvents::title(std::string_view text) {
  print("    ", text);
}

void PrintedEvents::display(std::string_view text) {
  print(">>> ", text);
}

void PrintedEvents::sent(std::string_view text) {
  print("OUT: ", text);
}

void PrintedEvents::received(std::string_view text) {
  heard_ = heard_ || !text.empty();
  print("IN:  ", text);
}

// Whoever tests a script wants to see each step when it happens.
void PrintedEvents::print(std::string_view mark, std::string_view text) {
  out_ << mark << visible(text) << std::endl;
}

}  // namespace external::commands
