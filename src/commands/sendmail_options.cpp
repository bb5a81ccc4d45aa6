#include "sendmail_options.h"

#include "exit.h"
#include "wishes.h"

#include <external/base/text.h>
#include <external/mime/addresses.h>

namespace external::commands {

namespace {

/// With a value, joined to them or in the next word. From -A on they mean nothing here, but for -o and -O.
constexpr std::string_view with_value = "fFrNRVCABDhLopOX";

/// With a value only if it is joined to them: -em, -q15m, -d8.
constexpr std::string_view with_joined_value = "edq";

constexpr std::string_view without_value = "tiIGUcmnsvx";

constexpr std::size_t longest_shown = 80;

/// With or without a name; empty for nobody.
std::string sender_of(const std::string& value) {
  if (value == "<>") return {};
  const auto addresses = mime::addresses_in(value);
  return addresses.complete && addresses.found.size() == 1 ? addresses.found.front() : value;
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& words) : words_(words) {}

  SendmailOptions read() {
    bool only_addresses = false;
    while (next_ < words_.size()) {
      const auto& word = words_[next_++];
      if (only_addresses || !word.starts_with('-') || word == "-") {
        for (auto& address : addresses_of(word)) options_.recipients.push_back(std::move(address));
      } else if (word == "--") {
        only_addresses = true;
      } else {
        read_letters(word);
      }
    }
    return std::move(options_);
  }

 private:
  // Letters without a value may stand together: -ti.
  void read_letters(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      const char letter = word[at];
      const auto rest = word.substr(at + 1);
      if (letter == 'b') return set_mode(rest);
      if (with_joined_value.find(letter) != std::string_view::npos) {
        if (letter == 'q') options_.mode = SendmailMode::run_queue;
        return;
      }
      if (with_value.find(letter) != std::string_view::npos) return set(letter, value_of(letter, rest));
      if (without_value.find(letter) == std::string_view::npos)
        throw Failure(Exit::usage, std::string("unknown option -") + visible({&letter, 1}) +
                                       "; docs/sendmail.md lists those there are");
      if (letter == 't') options_.recipients_from_header = true;
      if (letter == 'i') options_.dots_are_text = true;
      if (letter == 'I') options_.mode = SendmailMode::nothing;
    }
  }

  std::string value_of(char option, const std::string& joined) {
    if (!joined.empty()) return joined;
    if (next_ < words_.size()) return words_[next_++];
    throw Failure(Exit::usage, std::string("option -") + option + " needs a value");
  }

  void set_mode(const std::string& mode) {
    if (mode == "s") {
      options_.mode = SendmailMode::dialogue;
    } else if (mode == "p") {
      options_.mode = SendmailMode::list_queue;
    } else if (mode == "i") {
      options_.mode = SendmailMode::nothing;
    } else if (mode != "m") {
      throw Failure(Exit::usage,
                    "mode -b" + visible(mode) + " is not offered here; run External with: external run");
    }
  }

  void set(char option, const std::string& value) {
    switch (option) {
      case 'f':
      case 'r':
        options_.sender = sender_of(value);
        break;
      case 'F':
        options_.full_name = value;
        break;
      case 'N':
        options_.notify = parse_notify(value);
        break;
      case 'R':
        options_.headers_only = parse_headers_only(value);
        break;
      case 'V':
        options_.envelope_id = parse_envelope_id(value);
        break;
      case 'C':
        options_.config = value;
        break;
      case 'o':
        options_.dots_are_text = options_.dots_are_text || value == "i";
        break;
      case 'O':
        options_.dots_are_text = options_.dots_are_text || equal_no_case(value, "IgnoreDots") ||
                                 equal_no_case(value, "IgnoreDots=true");
        break;
      default:
        break;
    }
  }

  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  SendmailOptions options_;
};

}  // namespace

SendmailOptions read_sendmail_options(const std::vector<std::string>& arguments) {
  return Reader(arguments).read();
}

std::vector<std::string> addresses_of(const std::string& list) {
  auto addresses = mime::addresses_in(list);
  if (addresses.complete) return std::move(addresses.found);
  throw Failure(Exit::data, "nothing sent: '" + visible(list.substr(0, longest_shown)) +
                                "' is no list of addresses; put commas between them, and names with "
                                "special characters into \"\"");
}

}  // namespace external::commands
