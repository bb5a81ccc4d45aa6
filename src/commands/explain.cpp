#include "command.h"

#include <external/base/text.h>
#include <external/log/messages.h>

#include <boost/json.hpp>

#include <algorithm>
#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

/// One thing that is known.
struct Answer {
  std::string what;   ///< what it was found by, as docs/ has it
  std::string kind;   ///< "line", "report", "result", ...
  std::string code;   ///< of a line; may be empty
  std::string level;  ///< of a line; may be empty
  std::string meaning;
  std::string cure;
};

Answer answer_for(const log::Code& code) {
  std::string names;
  for (const auto& name : code.names) names += (names.empty() ? "" : ", ") + name;
  return {names, code.title, {}, {}, code.meaning, code.cure};
}

Answer answer_for(const log::Message& message, const std::string& pattern) {
  return {pattern,         "line",      message.code, std::string(log::name_of(message.level)),
          message.meaning, message.cure};
}

std::string without_full_stop(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

class Explainer {
 public:
  std::vector<Answer> explain(const std::string& text) {
    add_codes(text);
    if (!answers_.empty()) return std::move(answers_);
    const auto entry = log::parse_entry(text);
    const auto body = entry ? entry->text : text;
    add_line(body);
    if (answers_.empty()) add_kinds(body);
    if (answers_.empty()) add_reason(body);
    if (answers_.empty()) add_words(body);
    return std::move(answers_);
  }

  /// Every kind of line, in the order of the page.
  std::vector<Answer> all() const {
    std::vector<Answer> answers;
    for (const auto& message : messages_.all())
      answers.push_back(answer_for(message, message.patterns.front()));
    return answers;
  }

 private:
  bool add_codes(const std::string& name) {
    const auto codes = messages_.codes(name);
    for (const auto& code : codes) answers_.push_back(answer_for(code));
    return !codes.empty();
  }

  bool add_reason(const std::string& text) {
    auto reason = messages_.reason(text);
    if (!reason) reason = messages_.reason(text + ".");
    if (reason) answers_.push_back(answer_for(*reason));
    return reason.has_value();
  }

  /// The line, and what it says about the cause.
  void add_line(const std::string& text) {
    const auto known = messages_.find(text);
    if (!known) return;
    answers_.push_back(answer_for(*known->message, known->pattern));
    for (const auto& [name, value] : known->fields) {
      if (name == "reason" || name == "cause" || name == "report_code" || name == "display")
        explain_part(value);
    }
  }

  void explain_part(const std::string& text) {
    if (add_reason(text) || add_codes(without_full_stop(text))) return;
    add_words(text);
  }

  /// By the name of its code: "call-failed".
  void add_kinds(const std::string& name) {
    for (const auto& message : messages_.all()) {
      if (equal_no_case(message.code, name))
        answers_.push_back(answer_for(message, message.patterns.front()));
    }
  }

  /// A reply of a mail server begins with codes, as does a result of a modem: "550 5.1.1 ...", "CONNECT
  /// 57600".
  void add_words(const std::string& text) {
    const auto words = split(text, ' ');
    for (std::size_t i = 0; i < std::min<std::size_t>(words.size(), 2); ++i) {
      const auto hyphen = std::min(words[i].size(), words[i].find('-'));
      if (!words[i].empty()) add_codes(words[i].substr(0, hyphen));
    }
  }

  log::Messages messages_;
  std::vector<Answer> answers_;
};

void print(const Answer& answer, std::ostream& out) {
  out << answer.what << "\n";
  out << "    " << answer.kind;
  if (!answer.code.empty()) out << " " << answer.code << ", level " << answer.level;
  out << "\n    Meaning:    " << answer.meaning << "\n    What to do: " << answer.cure << "\n";
}

json::object to_json(const Answer& answer) {
  json::object object{{"what", answer.what}, {"kind", answer.kind}};
  if (!answer.code.empty()) object["code"] = answer.code;
  if (!answer.level.empty()) object["level"] = answer.level;
  object["meaning"] = answer.meaning;
  object["cure"] = answer.cure;
  return object;
}

std::vector<Answer> answers_for(const Invocation& invocation) {
  const auto& words = invocation.operands();
  if (invocation.arguments.has("all")) return Explainer().all();
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  if (trim(text).empty()) {
    throw Failure(Exit::usage,
                  "nothing to explain; write a code such as 005 or 5.1.1, a result such as \"NO CARRIER\", a "
                  "state such as MODEMWAIT, or a whole line of Session.log");
  }
  auto answers = Explainer().explain(std::string(trim(text)));
  if (answers.empty()) {
    throw Failure(Exit::nothing,
                  "nothing is known of '" + visible(text) +
                      "'; a line must be whole, and docs/codes.md and docs/session-log.md list "
                      "all that is");
  }
  return answers;
}

Exit run_explain(Invocation& invocation) {
  const auto answers = answers_for(invocation);
  auto& out = invocation.world.out;
  if (invocation.arguments.has("json")) {
    json::array array;
    for (const auto& answer : answers) array.push_back(to_json(answer));
    out << json::serialize(array) << "\n";
    return Exit::ok;
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (i > 0) out << "\n";
    print(answers[i], out);
  }
  return Exit::ok;
}

}  // namespace

Command explain_command() {
  return {
      "explain",
      {"[--json] CODE|LINE", "[--json] --all"},
      "Tell what a code or a line of a log means, and what to do",
      {{"all", "", "every kind of line that Session.log can have"},
       {"json", "", "a list of objects: what, kind, code, level, meaning, cure"}},
      "CODE is that of a report (005), a status (5.1.1), a reply of a mail server (550), a result of a "
      "modem\n(NO CARRIER), a state (MODEMWAIT), an exit code (\"exit 75\"), or the name of a kind of line "
      "(call-failed).\n"
      "LINE is a line of Session.log in any form, with or without its beginning. Exit code 1: not known.\n",
      run_explain};
}

}  // namespace external::commands
