#pragma once
// Whether a text is what Prometheus reads (format 0.0.4), and what it says.

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace external::metrics {

/// Name and labels as they are written, and the value.
inline std::map<std::string, double> samples_of(const std::string& text) {
  std::map<std::string, double> samples;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    const auto blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string::npos) continue;
    samples[line.substr(0, blank)] = std::strtod(line.c_str() + blank + 1, nullptr);
  }
  return samples;
}

/// What is wrong with it, by the format and by the conventions for names.
class FormatCheck {
 public:
  std::vector<std::string> of(const std::string& text) {
    if (!text.empty() && text.back() != '\n') complain("the last line does not end");
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      line_ = text.substr(at, end - at);
      at = end + 1;
      look();
    }
    return complaints_;
  }

 private:
  void look() {
    static const std::regex help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+");
    static const std::regex type("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)");
    std::smatch found;
    if (std::regex_match(line_, found, help)) return begin(found[1]);
    if (std::regex_match(line_, found, type)) return typed(found[1], found[2]);
    if (line_.empty() || line_.front() == '#') return complain("no line of the format");
    sample();
  }

  void begin(const std::string& name) {
    if (!names_.insert(name).second) complain("a family twice");
    family_ = name;
    type_.clear();
  }

  void typed(const std::string& name, const std::string& type) {
    if (name != family_ || !type_.empty()) complain("TYPE without its HELP");
    type_ = type;
    if ((type == "counter") != name.ends_with("_total")) complain("counters, and no others, end in _total");
    for (const auto* unit : {"_ms", "_milliseconds", "_minutes", "_kb", "_percent", "_bits"}) {
      if (name.ends_with(unit)) complain("a unit that is no base unit");
    }
  }

  void sample() {
    static const std::regex form(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (NaN|[+-]Inf|[+-]?[0-9.]+(e[+-]?[0-9]+)?))re");
    std::smatch found;
    if (!std::regex_match(line_, found, form)) return complain("no sample");
    if (type_.empty() || found[1] != family_) complain("a sample outside of its family");
    if (type_ == "counter" && found[3].str().front() == '-') complain("a counter below zero");
    if (found[2].matched) labels(found[2].str());
    if (!samples_.insert(found[1].str() + found[2].str()).second) complain("a sample twice");
  }

  /// {name="value",name="value"}, read letter by letter.
  void labels(const std::string& text) {
    std::set<std::string> names;
    std::size_t at = 1;
    while (text[at] != '}') {
      const auto equals = text.find("=\"", at);
      if (equals == std::string::npos) return complain("a label without value");
      const auto name = text.substr(at, equals - at);
      if (!std::regex_match(name, std::regex("[a-zA-Z_][a-zA-Z0-9_]*"))) complain("a wrong name of a label");
      if (!names.insert(name).second) complain("a label twice");
      at = value(text, equals + 2);
      if (at == std::string::npos) return;
      if (text[at] == ',') ++at;
    }
    if (at + 1 != text.size()) complain("something behind the labels");
  }

  /// Where the value that begins there has ended.
  std::size_t value(const std::string& text, std::size_t at) {
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (static_cast<unsigned char>(text[at]) >= 0xF5) complain("no UTF-8");
      if (text[at] != '\\') continue;
      ++at;
      if (text[at] != '\\' && text[at] != '"' && text[at] != 'n') complain("a wrong escape");
    }
    if (at < text.size()) return at + 1;
    complain("a value that does not end");
    return std::string::npos;
  }

  void complain(const std::string& what) { complaints_.push_back(what + ": " + line_); }

  std::string line_;
  std::string family_;
  std::string type_;
  std::set<std::string> names_;
  std::set<std::string> samples_;
  std::vector<std::string> complaints_;
};

inline std::vector<std::string> complaints_about(const std::string& text) {
  return FormatCheck().of(text);
}

}  // namespace external::metrics
