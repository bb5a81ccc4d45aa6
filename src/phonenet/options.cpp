#include "options.h"

#include <boost/program_options.hpp>

#include <set>
#include <sstream>

namespace external::phonenet {
namespace {

namespace po = boost::program_options;

LineOption parse_line(const std::string& text) {
  const auto equals = text.find('=');
  LineOption line{text.substr(0, equals), equals == std::string::npos ? "" : text.substr(equals + 1), {}};
  const auto is_of = [](const std::string& word, std::string_view letters) {
    return !word.empty() && word.find_first_not_of(letters) == std::string::npos;
  };
  const bool good = is_of(line.number, "0123456789") &&
                    is_of(line.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") &&
                    line.name.front() != '.';
  if (!good) throw std::runtime_error("--line " + text + ": write NUMBER=NAME, as in 5550001=north");
  return line;
}

std::vector<LineOption> parse_lines(const std::vector<std::string>& texts) {
  std::vector<LineOption> lines;
  std::set<std::string> numbers;
  std::set<std::string> names{"phonenet.sock"};
  for (const auto& text : texts) {
    lines.push_back(parse_line(text));
    const bool fresh = numbers.insert(lines.back().number).second && names.insert(lines.back().name).second;
    if (!fresh)
      throw std::runtime_error("--line " + text + ": number or name is taken; give each line its own");
  }
  return lines;
}

// Takes NAME=REST apart; `example` is for whoever wrote something else.
std::pair<LineOption*, std::string> named_line(std::vector<LineOption>& lines, const std::string& option,
                                               const std::string& text, const std::string& example) {
  const auto equals = text.find('=');
  const auto line = std::find_if(lines.begin(), lines.end(),
                                 [&](const auto& known) { return known.name == text.substr(0, equals); });
  if (equals == std::string::npos || line == lines.end()) {
    throw std::runtime_error(option + " " + text + ": write " + example);
  }
  return {&*line, text.substr(equals + 1)};
}

void add_settings(std::vector<LineOption>& lines, const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto [line, settings] =
        named_line(lines, "--modem", text, "NAME=SETTINGS with the name of a --line, as in north=E0V0");
    line->settings = settings;
  }
}

void add_quirks(std::vector<LineOption>& lines, const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto [line, quirk] =
        named_line(lines, "--quirk", text, "NAME=KEY[:VALUE] with the name of a --line, as in north=late:2s");
    const auto colon = quirk.find(':');
    set_quirk(line->quirks, quirk.substr(0, colon),
              colon == std::string::npos ? "" : quirk.substr(colon + 1));
  }
}

void add_rfc2217(std::vector<LineOption>& lines, const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto [line, number] =
        named_line(lines, "--rfc2217", text, "NAME=PORT with the name of a --line, as in north=2217");
    const auto port = parse_whole(number);
    if (!port || *port > 65535) {
      throw std::runtime_error("--rfc2217 " + text +
                               ": write a TCP port from 1 to 65535, or 0 for a free one");
    }
    line->rfc2217 = static_cast<std::uint16_t>(*port);
  }
}

po::options_description described() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("dir", po::value<std::string>()->value_name("DIR"),
      "folder for the ports and the control socket; made if missing");
  add("line", po::value<std::vector<std::string>>()->composing()->value_name("NUMBER=NAME"),
      "a telephone line, DIR/NAME its modem's port; as often as wanted");
  add("modem", po::value<std::vector<std::string>>()->composing()->value_name("NAME=SETTINGS"),
      "how that modem comes from the factory, as in north=E0V0X3S0=1");
  add("quirk", po::value<std::vector<std::string>>()->composing()->value_name("NAME=KEY[:VALUE]"),
      "what that modem does wrong, see below; as often as wanted");
  add("rfc2217", po::value<std::vector<std::string>>()->composing()->value_name("NAME=PORT"),
      "offers that modem on 127.0.0.1 by RFC 2217, with control lines, instead of DIR/NAME; 0: any free "
      "port");
  add("rate", po::value<std::string>()->default_value("57600")->value_name("BPS"),
      "bits per second on the line, 10 a byte");
  add("latency", po::value<std::string>()->default_value("0ms")->value_name("TIME"),
      "one way, as 50ms or 0.3s");
  add("ber", po::value<std::string>()->default_value("0")->value_name("P"),
      "bit error rate of the data bits, as 1e-5");
  add("seed", po::value<std::uint64_t>()->default_value(1)->value_name("N"),
      "makes the bit errors repeatable");
  add("ring-delay", po::value<std::string>()->default_value("1s")->value_name("TIME"),
      "from the last digit to the first ring");
  add("rings", po::value<unsigned>()->default_value(8)->value_name("N"), "then the caller hears NO ANSWER");
  add("connect-time", po::value<std::string>()->default_value("1s")->value_name("TIME"),
      "from the answer to CONNECT");
  add("answer-delay", po::value<std::string>()->default_value("30ms")->value_name("TIME"),
      "of the modem, from a command to its result");
  add("modem-buffer", po::value<std::size_t>()->default_value(1024)->value_name("BYTES"),
      "what a modem holds before it stops the computer");
  add("quiet", "print nothing but errors");
  add("help", "this text");
  return options;
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments).options(described()).positional({}).run(), values);
  } catch (const po::error& error) {
    throw std::runtime_error(std::string(error.what()) + "; phonenet --help lists the options");
  }
  Options options;
  options.help = values.count("help") > 0;
  if (options.help) return options;
  if (values.count("dir") == 0 || values.count("line") == 0) {
    throw std::runtime_error("--dir and at least one --line are needed; see phonenet --help");
  }
  const auto text = [&values](const char* name) { return values[name].as<std::string>(); };
  options.dir = text("dir");
  options.lines = parse_lines(values["line"].as<std::vector<std::string>>());
  const auto texts = [&values](const char* name) {
    return values.count(name) > 0 ? values[name].as<std::vector<std::string>>() : std::vector<std::string>();
  };
  add_settings(options.lines, texts("modem"));
  add_quirks(options.lines, texts("quirk"));
  add_rfc2217(options.lines, texts("rfc2217"));
  options.line = {parse_rate(text("rate")), parse_duration(text("latency")),
                  parse_bit_error_rate(text("ber"))};
  options.seed = values["seed"].as<std::uint64_t>();
  options.exchange.setup_delay = parse_duration(text("ring-delay"));
  options.exchange.rings = values["rings"].as<unsigned>();
  options.exchange.connect_time = parse_duration(text("connect-time"));
  options.exchange.buffer = std::max<std::size_t>(1, values["modem-buffer"].as<std::size_t>());
  options.modem.answer_delay = parse_duration(text("answer-delay"));
  options.quiet = values.count("quiet") > 0;
  return options;
}

std::string help_text() {
  std::ostringstream text;
  text << "A simulated telephone exchange: serial ports with Hayes modems behind them that can call each "
          "other.\n\n"
          "  phonenet --dir DIR --line NUMBER=NAME --line NUMBER=NAME [OPTION]...\n"
          "  phonenet ctl DIR COMMAND [NAME] [VALUE]\n\n"
       << described()
       << "\nCommands for a phonenet that runs:\n"
          "  drop NAME              the call loses its carrier at both ends\n"
          "  busy NAME              callers hear the busy tone; again: no more\n"
          "  ring NAME [RINGS]      so many rings, or three, with nobody calling\n"
          "  unplug NAME, plug NAME the port goes away, a new one comes\n"
          "  power-off, power-on    of the modem; it keeps what AT&W stored\n"
          "  cut NAME, mend NAME    the telephone line: no dial tone, no rings\n"
          "  set rate|latency|ber NAME VALUE      of what NAME sends\n"
          "  set rings|ring-interval NAME VALUE   how calls ring at NAME\n"
          "  quirk NAME KEY [VALUE] what its modem does wrong; VALUE off: no more; KEY off: nothing\n"
          "  stats [NAME]           counters as JSON\n"
          "\nQuirks (N: the next N answers, or every-N; one if not given):\n"
       << quirk_help();
  return text.str();
}

}  // namespace external::phonenet
