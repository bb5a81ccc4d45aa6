#include "transparency.h"

#include <external/link/link.h>

namespace external::link {

namespace {

/// An escape character says what the byte after it was changed by.
struct Escape {
  std::uint8_t character;
  std::uint8_t change;
};
constexpr std::array<Escape, 3> escapes{Escape{'{', 0x20}, Escape{'|', 0x80}, Escape{'}', 0xA0}};

bool reserved(std::uint8_t byte) {
  return byte >= '{' && byte <= '~';
}

/// What one item of the probe tries out.
struct Trial {
  std::string_view name;
  std::array<std::uint8_t, 2> bytes;
  std::size_t count;
};

// XON comes right behind XOFF, so that a modem that obeys them is not left standing.
constexpr std::array<Trial, 10> trials{{
    {"XON/XOFF", {0x13, 0x11}, 2},
    {"XON/XOFF with the eighth bit", {0x93, 0x91}, 2},
    {"the byte FF", {0xFF, 0}, 1},
    {"the eighth bit", {0xC1, 0xE4}, 2},
    {"line ends", {0x0D, 0x0A}, 2},
    {"the byte 00", {0x00, 0}, 1},
    {"CAN and DLE", {0x18, 0x10}, 2},
    {"ESC", {0x1B, 0}, 1},
    {"DEL", {0x7F, 0}, 1},
    {"other control characters", {0x05, 0x0E}, 2},
}};
constexpr std::size_t trial_eighth_bit = 3;
constexpr std::size_t trial_controls = 9;
constexpr std::uint8_t first_letter = 'a';

ByteView bytes_of(const Trial& trial) {
  return ByteView(trial.bytes).first(trial.count);
}

void add_range(ByteSet& set, unsigned from, unsigned to) {
  for (unsigned byte = from; byte <= to; ++byte) set.set(byte);
}

}  // namespace

const Bytes& probe_text() {
  static const Bytes text = [] {
    Bytes made{'P'};
    for (std::size_t i = 0; i < trials.size(); ++i) {
      made.push_back(static_cast<std::uint8_t>(first_letter + i));
      const auto tried = bytes_of(trials[i]);
      made.insert(made.end(), tried.begin(), tried.end());
    }
    made.push_back(static_cast<std::uint8_t>(first_letter + trials.size()));
    return made;
  }();
  return text;
}

Losses losses_in(ByteView arrived) {
  Losses losses = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const auto letter = static_cast<std::uint8_t>(first_letter + i);
    const auto expected = bytes_of(trials[i]);
    const auto from = std::find(arrived.begin(), arrived.end(), letter);
    const auto to = std::find(arrived.begin(), arrived.end(), static_cast<std::uint8_t>(letter + 1));
    const bool whole = from != arrived.end() && to != arrived.end() && from < to &&
                       std::equal(from + 1, to, expected.begin(), expected.end());
    if (!whole) losses |= 1U << i;
  }
  return losses;
}

ByteSet bytes_to_avoid(Losses losses) {
  ByteSet avoid;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if ((losses >> i & 1) == 0) continue;
    for (const auto byte : bytes_of(trials[i])) avoid.set(byte);
  }
  if (losses >> trial_eighth_bit & 1) add_range(avoid, 0x80, 0xFF);
  if (losses >> trial_controls & 1) {
    add_range(avoid, 0x00, 0x1F);
    avoid.set(0x7F);
  }
  return avoid;
}

std::string describe(Losses losses) {
  std::string text;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if ((losses >> i & 1) == 0) continue;
    if (!text.empty()) text += ", ";
    text += trials[i].name;
  }
  return text;
}

const ByteSet& unsafe_bytes() {
  static const ByteSet set = [] {
    ByteSet made;
    add_range(made, 0x00, 0x1F);
    add_range(made, 0x7F, 0xFF);
    return made;
  }();
  return set;
}

std::string describe_losses(std::uint32_t losses) {
  return describe(losses);
}

void escape(ByteView plain, const ByteSet& avoid, Bytes& out) {
  for (const auto byte : plain) {
    if (!avoid.test(byte) && !reserved(byte)) {
      out.push_back(byte);
      continue;
    }
    const auto* way = std::find_if(escapes.begin(), escapes.end(), [&](const Escape& one) {
      const auto changed = static_cast<std::uint8_t>(byte ^ one.change);
      return !avoid.test(changed) && !reserved(changed);
    });
    // The last way leads into the printable range from everywhere.
    if (way == escapes.end()) way = &escapes.back();
    out.push_back(way->character);
    out.push_back(static_cast<std::uint8_t>(byte ^ way->change));
  }
}

Bytes unescape(ByteView escaped) {
  Bytes plain;
  plain.reserve(escaped.size());
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const auto* way = std::find_if(escapes.begin(), escapes.end(),
                                   [&](const Escape& one) { return one.character == escaped[i]; });
    if (way == escapes.end()) {
      plain.push_back(escaped[i]);
    } else if (++i < escaped.size()) {
      plain.push_back(static_cast<std::uint8_t>(escaped[i] ^ way->change));
    }
  }
  return plain;
}

}  // namespace external::link
