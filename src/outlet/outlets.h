#pragma once
// The kinds of outlets.

#include <external/outlet/outlet.h>

namespace external::outlet {

std::unique_ptr<Outlet> make_mail_host(const LmtpSocket& way, std::string host, Clock& clock);
std::unique_ptr<Outlet> make_mail_host(const Host& way, std::string host, Clock& clock);
std::unique_ptr<Outlet> make_program(const Program& way, Clock& clock);

}  // namespace external::outlet
