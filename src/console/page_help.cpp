#include "pages.h"

namespace external::console {

Frame help_page(const Sheet& sheet, bool monitor) {
  const char* leave = monitor ? "                leave the monitor; External goes on"
                              : "                end External, after a question";
  const std::vector<std::string> lines{
      "Keys, and digits where there are no function keys",
      " F1  1          this help",
      " F2  2          post offices over LAN, and those whose mail is handed over",
      " F3  3          post offices over modem",
      " F4  4          the queue, message by message",
      " F5  5          the log; it follows while its end is shown",
      " F6  6          modems that are lent, to whom, and who waits for one",
      " ESC  q         back to the main page; there:",
      leave,
      " Arrows, PgUp, PgDn, Home, End   choose a line, post office, message; scroll",
      " c              call the chosen post office now",
      " u              hang up a call on the line or with the post office; end a lease",
      " h              hold: the line dials for no mail; mail for the post office",
      "                waits; the message stays here",
      " r              release what is held",
      " t              try now: mail of the post office, or the message, is due",
      "Columns of F2 and F3",
      " Serial#        place in external.ini     R#    calls failed in a row",
      " Sent           messages to it since External started",
      " Session        messages of the call that stands, both ways",
      " MTD, YTD       messages to it this month, this year",
  };
  Frame page;
  for (const auto& line : lines) {
    if (page.size() == sheet.height) break;
    page.push_back({cut(line, sheet.width), line.front() != ' ' ? Look::head : Look::plain});
  }
  return page;
}

}  // namespace external::console
