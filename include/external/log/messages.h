#pragma once
// What the lines of Session.log and the codes of External mean. The tables of docs/session-log.md and
// docs/codes.md are the source; the program carries both pages.

#include <external/log/entry.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace external::log {

struct PageTable;

/// A kind of line in Session.log.
struct Message {
  std::vector<std::string> patterns;  ///< `<...>` and `...` stand for what changes
  std::string code;                   ///< a name that stays; scripts may rely on it
  Level level = Level::info;
  std::string meaning;
  std::string cure;  ///< what to do
};

/// A line of a known kind.
struct KnownLine {
  const Message* message = nullptr;  ///< of the Messages that found it
  std::string pattern;               ///< the one that fits

  /// What stood for each `<...>`, by its name with _ for blanks, in the order of the line.
  std::vector<std::pair<std::string, std::string>> fields;
};

/// A code, a result of a modem, a state, ...
struct Code {
  std::vector<std::string> names;  ///< `005`, `BUSY`, ...; in any case
  std::string title;               ///< what it is one of: the heading of its table
  std::string meaning;
  std::string cure;
};

/// Values; may be used from several threads at once.
class Messages {
 public:
  /// Those of this program.
  Messages();

  /// Those of other pages in the form of the two. Throws std::runtime_error for what is no such page.
  Messages(std::string_view session_log_page, std::string_view codes_page);

  /// What `text`, that of one entry, is. Of several kinds that fit, the one of which more letters are given.
  std::optional<KnownLine> find(std::string_view text) const;

  /// The level of `text`: that of its kind, `info` if it is of none.
  Level level_of(std::string_view text) const;

  /// The reason for the end of a call, as in `Connection end. <reason>`; names are the patterns.
  std::optional<Code> reason(std::string_view text) const;

  /// A code by one of its names, in any case; brackets and blanks around it do not matter. `5` is `005`.
  std::vector<Code> codes(std::string_view name) const;

  const std::vector<Message>& all() const { return messages_; }
  const std::vector<Code>& all_codes() const { return codes_; }

 private:
  struct Pattern {
    std::string text;
    std::vector<std::string> literals;  ///< around the gaps; one more than fields
    std::vector<std::string> fields;    ///< names of the gaps; empty for `...`
    std::size_t weight = 0;             ///< letters that are given
    std::size_t owner = 0;              ///< its place in messages_ or reasons_
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  static Pattern compile(const std::string& text, std::size_t owner);
  static const Pattern* best(const std::vector<Pattern>& patterns, std::string_view text);
  void read_messages(const PageTable& table);
  void read_reasons(const PageTable& table);
  void read_codes(const PageTable& table);
  static std::optional<Fields> fit(const Pattern& pattern, std::string_view text);

  std::vector<Message> messages_;
  std::vector<Pattern> patterns_;
  std::vector<Code> reasons_;
  std::vector<Pattern> reason_patterns_;
  std::vector<Code> codes_;
};

/// One object: time, instance, call, level, code, text, and what the kind of the line tells.
std::string format_json(const Entry& entry, const Messages& messages);

}  // namespace external::log
