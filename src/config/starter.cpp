#include <external/base/descriptor.h>
#include <external/config/diagnostic.h>
#include <external/config/starter.h>
#include <external/config/values.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace external::config {

namespace {

constexpr std::string_view body = R"(
; Mail for these domains is for mailboxes here, beside mailbox@postoffice.network.
;Domain      = clinic.example

; A modem. Take the port's name from /dev/serial/by-id, which stays the same after a restart.
;[External-Modem1]
;AsyncCommPort = /dev/ttyUSB0
;AsyncSpeed    = 57600
;CommScript    = GENERIC              ; any modem with AT commands
;NumberOfRings = 1                    ; before it answers
;CarrierDetect = yes                  ; no: the cable has no DCD
;DialMode      = T                    ; T for tone, P for pulse

; Lends it to other programs while no mail moves.
;[Share OFFICE]
;Instance  = Modem1
;Listen    = 7000                     ; RFC 2217, on this computer only
;IdleLimit = 15m

; A network connection, where there is one.
;[External-Lan]
;CommType = Tcp
;Listen   = :2666

; Each post office that mail is exchanged with has a section. Both ends need the same password.
;[PostOffice SOUTH/HUB]
;Phone    = 5550002                   ; or Address = hub.example:2666 for a network connection
;Instance = Modem1                    ; or Modem1, Modem2: the first free one; without: any that can
;Password = "any characters; even these"
;Regular  = 30m                       ; call at most this often; or Intervals = Mon-Fri 01:00-05:00
;Poll     = yes                       ; call without outgoing mail, too
;Retries  = 3

; And one that is reached through it:
;[PostOffice SOUTH/BRANCH]
;Route    = Indirect SOUTH/HUB
)";

[[noreturn]] void fail(const std::filesystem::path& file, int error) {
  const std::string cause = error == EEXIST ? "it exists already; remove it first to start afresh"
                                            : "cannot be written: " + std::generic_category().message(error);
  throw ConfigError({{file.string(), 0, cause}});
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

std::string starter_text(std::string_view home) {
  std::string text =
      "; Settings of External. A comment starts with ; or #. Paths start at the folder of this file.\n"
      "; All settings: external run --help\n\n"
      "[External]\n";
  text += "HomePO       = " + parse_post_office_name(home) + "\n";
  text += "LogSession   = log/Session.log\n";
  text += body;
  return text;
}

std::filesystem::path write_starter(const std::filesystem::path& folder, std::string_view home) {
  const auto text = starter_text(home);
  const auto file = folder / "external.ini";
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!descriptor) fail(file, errno);
  if (const int error = write_all(descriptor.get(), text); error != 0) {
    ::unlink(file.c_str());
    fail(file, error);
  }
  return file;
}

}  // namespace external::config
