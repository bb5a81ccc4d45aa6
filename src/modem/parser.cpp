#include "parser.h"

#include "checks.h"
#include "labels.h"

#include <external/base/text.h>

namespace external::modem {

namespace {

constexpr std::size_t most_errors = 20;
constexpr std::size_t deepest_nesting = 100;
constexpr std::int64_t longest_wait = 3600;
constexpr std::array speeds = {300,   600,   1200,   2400,   4800,   9600,  19200,
                               38400, 57600, 115200, 230400, 460800, 921600};

const std::vector<std::string> commands = {"title",    "display", "send", "sendln", "wait", "waitrsp",
                                           "clearrsp", "echo",    "dtr",  "baud",   "port", "getkey",
                                           "goto",     "dec",     "inc",  "return", "if"};

const std::vector<std::string> procedure_names = {"INITIALIZE", "CALL", "ANSWER", "DISCONNECT", "RESET"};

const std::vector<std::pair<std::string, SystemVariable>> system_variables = {
    {"response", SystemVariable::response},
    {"dial_mode", SystemVariable::dial_mode},
    {"phone_number", SystemVariable::phone_number},
    {"listen", SystemVariable::listen},
    {"ri", SystemVariable::ri},
    {"key", SystemVariable::key}};

const std::vector<std::pair<std::string, Relation>> relations = {
    {"=", Relation::equal}, {"!=", Relation::not_equal},        {">", Relation::greater},
    {"<", Relation::less},  {">=", Relation::greater_or_equal}, {"<=", Relation::less_or_equal}};

bool is_command(const Token& token) {
  return token.kind == Token::Kind::word &&
         std::any_of(commands.begin(), commands.end(),
                     [&](const std::string& command) { return equal_no_case(command, token.text); });
}

bool is_word(const Token& token, std::string_view word) {
  return token.kind == Token::Kind::word && equal_no_case(token.text, word);
}

std::string hint(std::string_view near) {
  return near.empty() ? std::string() : "; did you mean '" + std::string(near) + "'?";
}

std::string spelled(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end:
      return "the end of the script";
    case Token::Kind::number:
      return "'" + std::to_string(token.number) + "'";
    case Token::Kind::variable:
      return "'$" + token.text + "'";
    case Token::Kind::string:
      return "the text \"" + visible(token.text.substr(0, 40)) + "\"";
    default:
      return "'" + token.text + "'";
  }
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, const std::string& file, std::vector<Diagnostic>& diagnostics)
      : tokens_(std::move(tokens)), diagnostics_(diagnostics) {
    program_.file = file;
  }

  Program run() {
    try {
      script();
    } catch (const TooMany&) {
      report(here(), "too many errors; the rest of the script was not looked at");
    }
    return std::move(program_);
  }

 private:
  struct Failed {};   ///< this statement cannot be understood; reported already
  struct TooMany {};  ///< no use in going on

  // Tokens.
  const Token& here() const { return tokens_[place_]; }
  const Token& ahead() const { return tokens_[std::min(place_ + 1, tokens_.size() - 1)]; }
  bool at_end() const { return here().kind == Token::Kind::end; }
  Token take() { return at_end() ? here() : tokens_[place_++]; }
  bool at_label() const { return here().kind == Token::Kind::word && ahead().is_symbol(":"); }
  bool at_procedure() const { return at_label() && procedure_named(here().text).has_value(); }

  // Diagnostics.
  void report(const Token& at, std::string text,
              Diagnostic::Severity severity = Diagnostic::Severity::error) {
    diagnostics_.push_back({program_.file, at.line, at.column, severity, std::move(text)});
  }
  void error(const Token& at, std::string text) {
    report(at, std::move(text));
    if (++errors_ >= most_errors) throw TooMany{};
  }
  void warn(const Token& at, std::string text) { report(at, std::move(text), Diagnostic::Severity::warning); }
  [[noreturn]] void fail(const Token& at, std::string text) {
    error(at, std::move(text));
    throw Failed{};
  }

  // Code.
  std::size_t emit(const Token& at, Operation operation) {
    program_.code.push_back({std::move(operation), at.line});
    return program_.code.size() - 1;
  }
  std::size_t emit_own(const Token& at, Operation operation) {
    const std::size_t place = emit(at, std::move(operation));
    program_.code[place].written = false;
    return place;
  }
  std::size_t next() const { return program_.code.size(); }

  void script() {
    bool any = false;
    while (!at_end()) {
      if (at_procedure()) {
        procedure();
        any = true;
      } else {
        stray();
      }
    }
    if (!any && errors_ == 0) {
      error(tokens_.front(),
            "no procedure found; a script holds INITIALIZE:, CALL:, ANSWER:, DISCONNECT: or RESET:");
    }
  }

  void stray() {
    if (at_label()) {
      const std::string near = nearest(here().text, procedure_names);
      error(here(), spelled(here()) + " is no procedure" +
                        (near.empty() ? "; a comment begins with ';'" : hint(near)));
    } else {
      error(here(), spelled(here()) +
                        " stands before the first procedure; begin with INITIALIZE:, CALL:, ANSWER:, "
                        "DISCONNECT: or RESET:, and a comment with ';'");
    }
    while (!at_end() && !at_procedure()) take();
  }

  void procedure() {
    const Token name = take();
    take();
    auto& entry = program_.entries[static_cast<std::size_t>(*procedure_named(name.text))];
    if (entry) error(name, "a second " + to_upper(name.text) + "; each procedure can be there once");
    entry = next();
    labels_ = Labels();
    while (!at_end() && !at_procedure()) {
      if (here().is_symbol("}")) {
        error(here(), "'}' without a '{' before it");
        take();
      } else {
        guarded_statement();
      }
    }
    emit_own(name, op::Return{});
    labels_.resolve(program_.code, [this](const Token& label, const std::string& near) {
      error(label, "no label '" + label.text + "' in this procedure" + hint(near));
    });
    if (errors_ > 0) return;
    for (const auto& label : labels_.unused()) {
      warn(label, "no 'goto' leads to the label '" + label.text + "'");
    }
  }

  /// One statement or label; after an error, on to what looks like the next one.
  void guarded_statement() {
    try {
      if (at_label()) {
        label();
      } else {
        statement();
      }
    } catch (const Failed&) {
      while (!at_end() && !here().is_symbol("}") && !begins_statement()) take();
    }
  }

  bool begins_statement() const {
    return here().starts_line && (is_command(here()) || at_label() || here().kind == Token::Kind::variable);
  }

  void label() {
    const Token name = take();
    take();
    if (is_command(name)) fail(name, spelled(name) + " is a command and cannot be a label");
    if (labels_.define(name, next())) return;
    error(name, "label '" + name.text + "' is in this procedure already, at line " +
                    std::to_string(labels_.line_of(name)));
  }

  void statement() {
    if (depth_ >= deepest_nesting) {
      const Token at = take();
      fail(at, "blocks are nested too deep");
    }
    ++depth_;
    struct Up {
      std::size_t& depth;
      ~Up() { --depth; }
    } up{depth_};
    const Token first = take();
    if (first.kind == Token::Kind::variable) return assignment(first);
    if (first.kind != Token::Kind::word) {
      fail(first, first.is_symbol("{") ? "a '{' can only follow a condition or 'else'"
                                       : "a command is expected here, not " + spelled(first));
    }
    command(first);
  }

  void command(const Token& word) {
    const std::string name = to_lower(word.text);
    if (name == "title") return emit_text<op::Title>(word);
    if (name == "display") return emit_text<op::Display>(word);
    if (name == "send") return send(word, false);
    if (name == "sendln") return send(word, true);
    if (name == "wait") return emit_only(word, op::Wait{seconds()});
    if (name == "waitrsp") return emit_only(word, op::WaitResponse{seconds()});
    if (name == "clearrsp") return emit_only(word, op::ClearResponse{});
    if (name == "getkey") return emit_only(word, op::GetKey{});
    if (name == "echo") return emit_only(word, op::Echo{on_or_off("echo")});
    if (name == "dtr") return emit_only(word, op::Dtr{on_or_off("dtr")});
    if (name == "baud") return emit_only(word, op::Baud{speed()});
    if (name == "port") return emit_only(word, op::Port{port_name()});
    if (name == "goto") return go_to(word);
    if (name == "dec") return emit_only(word, op::Add{variable("dec"), -1});
    if (name == "inc") return emit_only(word, op::Add{variable("inc"), 1});
    if (name == "return") return give_back(word);
    if (name == "if") return branch(word);
    if (name == "else") fail(word, "'else' without an 'if' before it");
    fail(word, "unknown command '" + word.text + "'" + hint(nearest(word.text, commands)));
  }

  void emit_only(const Token& at, Operation operation) { emit(at, std::move(operation)); }

  template <class Text>
  void emit_text(const Token& at) {
    emit(at, Text{expression()});
  }

  void send(const Token& at, bool line) { emit(at, op::Send{expression(), line}); }

  void assignment(const Token& variable) {
    expect("=", "'=' must follow $" + variable.text);
    emit(variable, op::Assign{variable.text, expression()});
  }

  void go_to(const Token& at) {
    const Token target = take();
    if (target.kind != Token::Kind::word) fail(target, "'goto' needs a label, not " + spelled(target));
    labels_.refer(target, emit(at, op::Jump{}));
  }

  void give_back(const Token& at) {
    const Token code = take();
    if (code.kind == Token::Kind::number) return emit_only(at, op::Return{{code.number}});
    if (code.kind == Token::Kind::variable) return emit_only(at, op::Return{{UserVariable{code.text}}});
    fail(code, "'return' needs a number or a $variable, not " + spelled(code));
  }

  std::int64_t number(const std::string& command) {
    const Token token = take();
    if (token.kind != Token::Kind::number)
      fail(token, "'" + command + "' needs a number, not " + spelled(token));
    return token.number;
  }

  std::chrono::seconds seconds() {
    const Token at = here();
    const std::int64_t time = number("wait");
    if (time > longest_wait)
      error(at, "no wait may be longer than " + std::to_string(longest_wait) + " seconds");
    return std::chrono::seconds(time);
  }

  bool on_or_off(const std::string& command) {
    const Token at = here();
    const std::int64_t value = number(command);
    if (value > 1) error(at, "'" + command + "' takes 0 or 1, not " + std::to_string(value));
    return value != 0;
  }

  unsigned speed() {
    const Token at = here();
    const std::int64_t value = number("baud");
    if (std::find(speeds.begin(), speeds.end(), value) == speeds.end()) {
      std::string known;
      for (const int one : speeds) known += (known.empty() ? "" : ", ") + std::to_string(one);
      error(at, "no serial port runs at " + std::to_string(value) + " bps; speeds are " + known);
    }
    return static_cast<unsigned>(value);
  }

  std::string port_name() {
    const Token token = take();
    if (token.kind == Token::Kind::word || token.kind == Token::Kind::string) return token.text;
    fail(token, "'port' needs a name such as COM1, not " + spelled(token));
  }

  std::string variable(const std::string& command) {
    const Token token = take();
    if (token.kind != Token::Kind::variable)
      fail(token, "'" + command + "' needs a $variable, not " + spelled(token));
    return token.text;
  }

  void expect(std::string_view symbol, const std::string& complaint) {
    if (!here().is_symbol(symbol)) fail(here(), complaint + ", not " + spelled(here()));
    take();
  }

  Expression expression() {
    Expression terms{term()};
    while (here().is_symbol("+")) {
      take();
      terms.push_back(term());
    }
    return terms;
  }

  Term term() {
    const Token& token = here();
    switch (token.kind) {
      case Token::Kind::string:
        return take().text;
      case Token::Kind::number:
        return take().number;
      case Token::Kind::variable:
        return UserVariable{take().text};
      case Token::Kind::word:
        return system_variable();
      default:
        fail(token, "a text, a number or a variable is missing before " + spelled(token));
    }
  }

  Term system_variable() {
    const Token& token = here();
    std::vector<std::string> known;
    for (const auto& [name, variable] : system_variables) {
      known.push_back(name);
      if (!equal_no_case(name, token.text)) continue;
      take();
      program_.reads_ring_line = program_.reads_ring_line || variable == SystemVariable::ri;
      return variable;
    }
    // The word is left where it is: it may well be the next command, with the argument of this one forgotten.
    if (is_command(token)) fail(token, "a text, a number or a variable is missing before " + spelled(token));
    fail(token, "unknown variable '" + token.text + "'" + hint(nearest(token.text, known)));
  }

  void branch(const Token& first) {
    std::vector<std::size_t> exits;
    Token at = first;
    for (;;) {
      const std::size_t test = emit(at, op::JumpUnless{condition(), 0});
      body();
      const bool has_else = is_word(here(), "else") && !ahead().is_symbol(":");
      if (has_else) exits.push_back(emit_own(here(), op::Jump{}));
      std::get<op::JumpUnless>(program_.code[test].operation).target = next();
      if (!has_else) break;
      take();
      if (!is_word(here(), "if")) {
        body();
        break;
      }
      at = take();
    }
    for (const std::size_t jump : exits) std::get<op::Jump>(program_.code[jump].operation).target = next();
  }

  /// The condition with its brackets. After an error in it the statement goes on behind it.
  Condition condition() {
    try {
      return bracketed_condition();
    } catch (const Failed&) {
      while (!at_end() && !here().is_symbol(")") && !here().is_symbol("{") && !here().is_symbol("}") &&
             !begins_statement()) {
        take();
      }
      if (here().is_symbol(")")) take();
      return Condition{{std::int64_t{0}}, Relation::equal, {std::int64_t{0}}};
    }
  }

  Condition bracketed_condition() {
    const Token open = here();
    const bool braces = open.is_symbol("{");
    if (!braces) expect("(", "a condition must stand in brackets: '(' is expected");
    if (braces) {
      take();
      warn(open, "this condition stands in braces; write '(' and ')'");
    }
    Condition condition;
    condition.left = expression();
    const Token at = here();
    condition.relation = relation();
    condition.right = expression();
    check_types(condition, at);
    expect(braces ? "}" : ")", std::string("'") + (braces ? "}" : ")") + "' must close the condition");
    return condition;
  }

  Relation relation() {
    const Token at = here();
    if (is_word(at, "isin")) {
      take();
      return Relation::is_in;
    }
    for (const auto& [symbol, relation] : relations) {
      if (!at.is_symbol(symbol)) continue;
      take();
      return relation;
    }
    fail(at, "one of = != > < >= <= isin is expected here, not " + spelled(at));
  }

  void check_types(const Condition& condition, const Token& at) {
    const Type left = type_of(condition.left);
    const Type right = type_of(condition.right);
    const bool any_text = left == Type::text || right == Type::text;
    const bool any_number = left == Type::number || right == Type::number;
    switch (condition.relation) {
      case Relation::equal:
      case Relation::not_equal:
        if (any_text && any_number) warn(at, "text and number are never equal; put the number in quotes");
        return;
      case Relation::is_in:
        if (any_number) error(at, "'isin' looks for text in text; put the number in quotes");
        return;
      default:
        if (any_text) error(at, "'" + at.text + "' compares numbers, and one side is text");
    }
  }

  void body() {
    while (at_label() && !at_procedure()) label();
    if (here().is_symbol("{")) return block();
    if (at_end() || at_procedure() || here().is_symbol("}")) {
      fail(here(), "a command is expected before " + spelled(here()));
    }
    statement();
  }

  void block() {
    const Token open = take();
    while (!here().is_symbol("}")) {
      if (at_end() || at_procedure()) {
        error(open, "this '{' is never closed; a '}' is missing");
        return;
      }
      guarded_statement();
    }
    take();
  }

  std::vector<Token> tokens_;
  std::vector<Diagnostic>& diagnostics_;
  Program program_;
  Labels labels_;
  std::size_t place_ = 0;
  std::size_t depth_ = 0;
  std::size_t errors_ = 0;
};

}  // namespace

Program parse(std::vector<Token> tokens, const std::string& file, std::vector<Diagnostic>& diagnostics) {
  return Parser(std::move(tokens), file, diagnostics).run();
}

}  // namespace external::modem
