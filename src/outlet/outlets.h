#pragma once
// The kinds of outlets.

#include <external/outlet/outlet.h>

namespace external::outlet {

std::unique_ptr<Outlet> make_mail_host(const config::LmtpSocket& way, std::string host, Clock& clock);
std::unique_ptr<Outlet> make_mail_host(const config::MailHost& way, std::string host, Clock& clock);
std::unique_ptr<Outlet> make_program(const config::Program& way, Clock& clock);

}  // namespace external::outlet
