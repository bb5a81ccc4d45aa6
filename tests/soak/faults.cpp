#include "faults.h"

namespace external::soak {

namespace {

struct Kind {
  const char* name;
  void (*begin)(Line& line, std::mt19937& random);
  void (*end)(Line& line);  ///< null: it passes by itself
};

void well(Line& line) {
  line.station->quirk("off");
}

void change_noise(Line& line, double rate) {
  auto settings = line.station->subscriber().settings();
  settings.bit_error_rate = rate;
  line.station->subscriber().change(settings);
}

const Kind kinds[] = {
    {"carrier lost", [](Line& line, std::mt19937&) { line.station->subscriber().drop(); }, nullptr},
    {"carrier lost after bytes",
     [](Line& line, std::mt19937& random) { line.station->drop_after(1 + random() % 20'000); }, nullptr},
    {"busy", [](Line& line, std::mt19937&) { line.station->subscriber().set_forced_busy(true); },
     [](Line& line) { line.station->subscriber().set_forced_busy(false); }},
    {"telephone line cut", [](Line& line, std::mt19937&) { line.station->subscriber().set_cut(true); },
     [](Line& line) { line.station->subscriber().set_cut(false); }},
    {"unplugged", [](Line& line, std::mt19937&) { line.station->unplug(); },
     [](Line& line) { line.station->plug(); }},
    {"port held by another program",
     [](Line& line, std::mt19937&) {
       line.held = true;
       line.station->unplug();
       line.station->plug();
     },
     [](Line& line) { line.held = false; }},
    {"power cycle", [](Line& line, std::mt19937&) { line.station->power_off(); },
     [](Line& line) { line.station->power_on(); }},
    {"noise", [](Line& line, std::mt19937& random) { change_noise(line, random() % 2 == 0 ? 1e-5 : 1e-4); },
     [](Line& line) { change_noise(line, 0); }},
    {"modem takes nothing", [](Line& line, std::mt19937&) { line.station->quirk("stop-reading", "120s"); },
     well},
    {"modem answers nothing", [](Line& line, std::mt19937&) { line.station->quirk("drop", "1000"); }, well},
    {"answers late", [](Line& line, std::mt19937&) { line.station->quirk("late", "3s,5"); }, well},
    {"answers garbled", [](Line& line, std::mt19937&) { line.station->quirk("garbage", "3"); }, well},
    {"DTR sticks", [](Line& line, std::mt19937&) { line.station->quirk("dtr-sticks", "1"); }, well},
    {"DTR ignored", [](Line& line, std::mt19937&) { line.station->quirk("ignores-dtr"); }, well},
    {"bytes lost", [](Line& line, std::mt19937&) { line.station->quirk("loses-from-computer", "2000"); },
     well},
    {"wrong number rings", [](Line& line, std::mt19937&) { line.station->subscriber().phantom_ring(2); },
     nullptr},
};

}  // namespace

Duration Faults::between(Duration least, Duration most) {
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(most - least).count();
  return least + std::chrono::seconds(random_() % static_cast<unsigned long>(span + 1));
}

void Faults::ail(Duration least, Duration most, std::function<void()> mend) {
  ailments_.push_back({clock_.now() + between(least, most), std::move(mend)});
}

void Faults::strike_line(Line& line) {
  const auto& kind = kinds[random_() % std::size(kinds)];
  ++counts_[kind.name];
  kind.begin(line, random_);
  if (kind.end != nullptr) ail(20s, 5min, [&kind, &line] { kind.end(line); });
}

void Faults::strike() {
  auto& office = *offices_[random_() % offices_.size()];
  if (random_() % std::size(kinds) == 0) {
    ++counts_["disk full"];
    office.set_disk_full(true);
    ail(1min, 10min, [&office] { office.set_disk_full(false); });
    return;
  }
  strike_line(office.lines()[random_() % office.lines().size()]);
}

void Faults::mend_due() {
  const auto due = [this](const Ailment& ailment) { return ailment.until <= clock_.now(); };
  for (auto& ailment : ailments_) {
    if (due(ailment)) ailment.mend();
  }
  std::erase_if(ailments_, due);
}

void Faults::mend_all() {
  for (auto& ailment : ailments_) ailment.mend();
  ailments_.clear();
}

}  // namespace external::soak
