#include "phonenet.h"

#include "pty_port.h"
#include "rfc2217_port.h"

#include <external/base/text.h>

#include <boost/json/serialize.hpp>

#include <ctime>

namespace external::phonenet {
namespace {

std::filesystem::path made(const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error)
    throw std::runtime_error("cannot use " + dir.string() + ": " + error.message() +
                             "; choose another --dir");
  return dir;
}

std::string time_of_day(WallTime wall) {
  const auto since_epoch = wall.time_since_epoch();
  const std::time_t whole = std::chrono::system_clock::to_time_t(wall);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count() % 1000;
  std::tm parts{};
  localtime_r(&whole, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S.", &parts);
  const std::string fraction = std::to_string(1000 + milliseconds).substr(1);
  return std::string(text.data(), size) + fraction;
}

constexpr unsigned most_rings = 100;
constexpr const char* cannot_ring = " is not on hook, so it cannot ring; try later";

const std::vector<std::string> verbs{"drop",     "busy", "ring", "unplug", "plug",  "power-off",
                                     "power-on", "cut",  "mend", "set",    "stats", "quirk"};

}  // namespace

PhoneNet::PhoneNet(const asio::any_io_executor& executor, Clock& clock, const Options& options, Print print)
    : agenda_(executor, clock),
      print_(std::move(print)),
      exchange_(agenda_, options.exchange, options.seed,
                [this](const std::string& text) { this->print(text); }),
      server_(executor, made(options.dir) / "phonenet.sock",
              [this](const Words& words) { return control(words); }) {
  for (const LineOption& line : options.lines) {
    Subscriber& subscriber = exchange_.add(line.number, line.name, options.line);
    ModemOptions modem = options.modem;
    modem.quirks = line.quirks;
    std::string place;
    stations_[line.name] =
        std::make_unique<Station>(agenda_, subscriber, modem, [&](ComputerPort::Modem computer) {
          return make_port(executor, line, options.dir, std::move(computer), place);
        });
    if (!stations_[line.name]->modem().preset(line.settings)) {
      throw std::runtime_error(
          "--modem " + line.name + "=" + line.settings +
          ": a setting is unknown; write AT commands that set something, as in E0V0S0=1");
    }
    print_(line.name + ": " + line.number + " on " + place);
  }
}

std::unique_ptr<ComputerPort> PhoneNet::make_port(const asio::any_io_executor& executor,
                                                  const LineOption& line, const std::filesystem::path& dir,
                                                  ComputerPort::Modem modem, std::string& place) {
  if (!line.rfc2217) {
    place = (dir / line.name).string();
    return std::make_unique<PtyPort>(executor, agenda_, place, std::move(modem));
  }
  auto port = std::make_unique<Rfc2217Port>(executor, line.name, *line.rfc2217, std::move(modem));
  place = "rfc2217://127.0.0.1:" + std::to_string(port->number());
  return port;
}

Task<> PhoneNet::run() {
  co_await first_of(agenda_.run(), server_.run());
}

void PhoneNet::print(const std::string& text) {
  print_(time_of_day(agenda_.wall()) + " " + text);
}

std::string PhoneNet::control(const Words& words) {
  const std::string verb = words.empty() ? "" : words.front();
  if (std::find(verbs.begin(), verbs.end(), verb) == verbs.end()) {
    const std::string near = nearest(verb, verbs);
    throw ControlError("no command '" + verb + "'; " +
                       (near.empty() ? "see phonenet --help" : "did you mean " + near + "?"));
  }
  if (verb == "stats") return statistics(words);
  if (verb == "set") {
    if (words.size() != 4) throw ControlError("write: set rate|latency|ber|rings|ring-interval NAME VALUE");
    return set(words[1], words[2], words[3]);
  }
  if (verb == "quirk") {
    if (words.size() < 3) throw ControlError("write: quirk NAME KEY [VALUE]");
    return quirk(words);
  }
  if (verb == "ring" && words.size() == 3) return ring(words[1], words[2]);
  if (words.size() != 2) throw ControlError("write: " + verb + " NAME");
  const std::string text = control_line(verb, words[1]);
  print(text);
  return text + "\n";
}

std::string PhoneNet::ring(const std::string& name, const std::string& count) {
  const auto rings = parse_whole(count);
  if (!rings || *rings == 0 || *rings > most_rings) {
    throw ControlError("'" + count + "' is no number of rings; write one from 1 to " +
                       std::to_string(most_rings));
  }
  if (!station(name).subscriber().phantom_ring(*rings)) throw ControlError(name + cannot_ring);
  const std::string text = name + ": " + count + " phantom rings begin";
  print(text);
  return text + "\n";
}

Station& PhoneNet::station(const std::string& name) {
  const auto found = stations_.find(name);
  if (found != stations_.end()) return *found->second;
  std::string known;
  for (const auto& entry : stations_) known += (known.empty() ? "" : ", ") + entry.first;
  throw ControlError("no line '" + name + "'; there are " + known);
}

std::string PhoneNet::control_line(const std::string& verb, const std::string& name) {
  Station& station = this->station(name);
  Subscriber& line = station.subscriber();
  if (verb == "drop") {
    if (!line.drop()) throw ControlError(name + " is in no call; nothing to drop");
    return name + ": dropped";
  }
  if (verb == "busy") {
    line.set_forced_busy(!line.forced_busy());
    return name + (line.forced_busy() ? ": made busy" : ": busy no more");
  }
  if (verb == "ring") {
    if (!line.phantom_ring()) throw ControlError(name + cannot_ring);
    return name + ": phantom rings begin";
  }
  if (verb == "unplug") {
    station.port().unplug();
    return name + ": unplugged";
  }
  if (verb == "plug") {
    station.port().plug();
    return name + ": plugged in";
  }
  if (verb == "power-off") {
    station.modem().power_off();
    return name + ": power off";
  }
  if (verb == "power-on") {
    station.modem().power_on();
    return name + ": power on";
  }
  line.set_cut(verb == "cut");
  return name + (line.cut() ? ": telephone line cut" : ": telephone line mended");
}

std::string PhoneNet::set(const std::string& what, const std::string& name, const std::string& value) {
  Subscriber& line = station(name).subscriber();
  LineSettings settings = line.settings();
  if (what == "rate") {
    settings.rate = parse_rate(value);
  } else if (what == "latency") {
    settings.latency = parse_duration(value);
  } else if (what == "ber") {
    settings.bit_error_rate = parse_bit_error_rate(value);
  } else if (what == "rings" || what == "ring-interval") {
    set_ring_train(line, what, value);
  } else {
    throw ControlError("'" + what + "' cannot be set; rate, latency, ber, rings and ring-interval can");
  }
  line.change(settings);
  const std::string text = name + ": " + what + " set to " + value;
  print(text);
  return text + "\n";
}

void PhoneNet::set_ring_train(Subscriber& line, const std::string& what, const std::string& value) {
  RingTrain train =
      line.ring_train().value_or(RingTrain{exchange_.options().rings, exchange_.options().ring_interval});
  if (what == "rings") {
    const auto rings = parse_whole(value);
    if (!rings || *rings == 0)
      throw ControlError("'" + value + "' is no number of rings; write one from 1 on");
    train.rings = *rings;
  } else {
    train.interval = parse_duration(value);
    if (train.interval <= Duration::zero()) throw ControlError("rings need a time between them, as 6s");
  }
  line.set_ring_train(train);
}

std::string PhoneNet::quirk(const Words& words) {
  Modem& modem = station(words[1]).modem();
  std::string value;
  for (std::size_t i = 3; i < words.size(); ++i) value += (i == 3 ? "" : " ") + words[i];
  Quirks quirks = modem.quirks();
  set_quirk(quirks, words[2], value);
  modem.set_quirks(quirks);
  const std::string text = words[1] + ": quirk " + words[2] + (value.empty() ? "" : " ") + value;
  print(text);
  return text + "\n";
}

std::string PhoneNet::statistics(const Words& words) {
  if (words.size() == 2) return boost::json::serialize(station(words[1]).statistics()) + "\n";
  if (words.size() > 2) throw ControlError("write: stats [NAME]");
  boost::json::object all;
  for (const auto& [name, station] : stations_) all[name] = station->statistics();
  return boost::json::serialize(all) + "\n";
}

}  // namespace external::phonenet
