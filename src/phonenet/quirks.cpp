#include "quirks.h"

#include "units.h"

#include <external/base/text.h>

namespace external::phonenet {
namespace {

constexpr unsigned most_count = 1'000'000;

unsigned parse_count(const std::string& text) {
  const auto count = parse_whole(text);
  if (!count || *count == 0 || *count > most_count) {
    throw std::runtime_error("'" + text + "' is no count; write a whole number from 1 to 1000000");
  }
  return *count;
}

Hits parse_hits(const std::string& text) {
  static constexpr std::string_view every = "every-";
  Hits hits;
  if (text.starts_with(every)) {
    hits.every = parse_count(text.substr(every.size()));
  } else {
    hits.next = text.empty() ? 1 : parse_count(text);
  }
  return hits;
}

Stuck parse_stuck(const std::string& text) {
  if (text == "on") return Stuck::on;
  if (text == "low") return Stuck::off;
  throw std::runtime_error("'" + text +
                           "' is no state of a line; write on, low, or off for a line that works");
}

Eaten parse_eaten(const std::string& text) {
  if (text == "xon") return Eaten::flow_control;
  if (text == "high") return Eaten::eighth_bit;
  if (text == "ff") return Eaten::telnet;
  throw std::runtime_error("'" + text + "' is nothing that lines eat; write xon, high or ff");
}

std::pair<std::string, std::string> halves(const std::string& text, char separator) {
  const auto place = text.find(separator);
  if (place == std::string::npos) return {text, {}};
  return {text.substr(0, place), text.substr(place + 1)};
}

ResultForm parse_form(const std::string& text) {
  const auto [number, words] = halves(text, ',');
  const auto value = parse_whole(number);
  if (!value || words.empty()) {
    throw std::runtime_error("'" + text + "' is no result; write NUMBER,WORDS, as in 99,CONNECT FAST");
  }
  return {*value, words};
}

void parse_result(Quirks& quirks, const std::string& text) {
  const auto [name, form] = halves(text, '=');
  const auto code = result_code(name);
  if (!code) {
    throw std::runtime_error("'" + name + "' is no result; write one like CONNECT=99,CONNECT FAST");
  }
  quirks.results[*code] = parse_form(form);
}

void parse_late(Quirks& quirks, const std::string& text) {
  const auto [time, count] = halves(text, ',');
  quirks.late_by = parse_duration(time);
  quirks.late = parse_hits(count);
}

struct Key {
  std::string_view name;
  std::string_view value;
  std::string_view meaning;
  void (*set)(Quirks&, const std::string&);
  void (*clear)(Quirks&);
};

template <auto member, auto parse>
void assign(Quirks& quirks, const std::string& text) {
  quirks.*member = parse(text);
}

template <auto member>
void clear(Quirks& quirks) {
  quirks.*member = std::remove_reference_t<decltype(quirks.*member)>{};
}

template <auto member, auto parse>
constexpr Key key(std::string_view name, std::string_view value, std::string_view meaning) {
  return {name, value, meaning, assign<member, parse>, clear<member>};
}

bool parse_switch(const std::string& text) {
  if (text.empty() || text == "on") return true;
  throw std::runtime_error("'" + text + "' is neither on nor off");
}

std::string parse_settings(const std::string& text) {
  return text.empty() ? "E1Q1S0=1" : text;
}

std::string parse_number(const std::string& text) {
  return text.empty() ? "5550000" : text;
}

constexpr std::array keys{
    key<&Quirks::merge, parse_hits>("merge", "[N]", "the answer is kept and sent in one with the next"),
    key<&Quirks::drop, parse_hits>("drop", "[N]", "the answer never comes"),
    key<&Quirks::doubled, parse_hits>("double", "[N]", "the answer comes twice"),
    key<&Quirks::garbage, parse_hits>("garbage", "[N]", "wrong bytes before the answer"),
    Key{"late", "TIME[,N]", "the answer, and all after it, comes later", parse_late, clear<&Quirks::late>},
    Key{"result", "NAME=NUMBER,WORDS", "other codes, as CONNECT=99,CONNECT FAST; NO-CARRIER with a dash",
        parse_result, clear<&Quirks::results>},
    Key{"progress", "NUMBER,WORDS", "a result before CONNECT, as 77,CARRIER 31200; again: one more",
        [](Quirks& quirks, const std::string& text) { quirks.progress.push_back(parse_form(text)); },
        clear<&Quirks::progress>},
    key<&Quirks::ring_without_text, parse_switch>("ring-without-text", "", "RI only"),
    key<&Quirks::ring_without_line, parse_switch>("ring-without-line", "", "RING only"),
    key<&Quirks::caller_id, parse_number>("caller-id", "[NUMBER]",
                                          "DATE, TIME, NMBR, NAME after the first RING"),
    key<&Quirks::picks_up_after, parse_count>("picks-up", "RINGS", "answers by itself whatever S0 says"),
    key<&Quirks::ignores_dtr, parse_switch>("ignores-dtr", "", "DTR has no effect"),
    key<&Quirks::dtr_time, parse_duration>("dtr-time", "TIME", "DTR must be low for so long"),
    key<&Quirks::dtr_sticks, parse_count>("dtr-sticks", "CALLS",
                                          "then DTR stays low, until the port is reopened"),
    key<&Quirks::dsr_drop, parse_duration>("dsr-drop", "TIME", "DSR goes low with ATZ"),
    key<&Quirks::carrier, parse_stuck>("carrier", "on|low", "DCD is stuck"),
    key<&Quirks::ring, parse_stuck>("ring", "on|low", "RI is stuck"),
    key<&Quirks::stop_reading, parse_duration>("stop-reading", "TIME", "CTS low from now on for so long"),
    key<&Quirks::bad_reset, parse_settings>("bad-reset", "[SETTINGS]",
                                            "what ATZ loads, E1Q1S0=1 if not given"),
    key<&Quirks::blacklist_after, parse_count>("blacklist", "N",
                                               "BLACKLISTED after N failed calls of a number"),
    key<&Quirks::delay_after, parse_count>("delay", "N", "DELAYED after N failed calls of a number"),
    key<&Quirks::loses_from_computer, parse_count>("loses-from-computer", "N", "one byte in N"),
    key<&Quirks::loses_to_computer, parse_count>("loses-to-computer", "N", "one byte in N"),
    key<&Quirks::eats, parse_eaten>("eats", "xon|high|ff",
                                    "calls carry no XON and XOFF, no eighth bit, no FF"),
};

[[noreturn]] void unknown(const std::string& word) {
  std::vector<std::string> names;
  for (const Key& known : keys) names.emplace_back(known.name);
  const std::string near = nearest(word, names);
  throw std::runtime_error("no quirk '" + word + "'; " +
                           (near.empty() ? "phonenet --help lists them" : "did you mean " + near + "?"));
}

}  // namespace

bool Hits::strike() {
  if (next > 0) {
    --next;
    return true;
  }
  return every > 0 && ++seen % every == 0;
}

void set_quirk(Quirks& quirks, const std::string& key, const std::string& value) {
  if (key == "off") {
    quirks = {};
    return;
  }
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& known) { return known.name == key; });
  if (found == keys.end()) unknown(key);
  if (value == "off") return found->clear(quirks);
  try {
    found->set(quirks, value);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("quirk " + key + ": " + error.what());
  }
}

std::string quirk_help() {
  std::string text;
  for (const Key& known : keys) {
    std::string left =
        "  " + std::string(known.name) + (known.value.empty() ? "" : ":") + std::string(known.value);
    left.resize(std::max<std::size_t>(left.size() + 1, 32), ' ');
    text += left + std::string(known.meaning) + "\n";
  }
  return text;
}

}  // namespace external::phonenet
