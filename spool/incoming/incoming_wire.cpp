#include "spool/incoming/incoming_wire.hpp"

namespace homespool::spool {

void WireForm::append(std::string_view in, std::string& out) {
  if (in.empty()) return;
  std::size_t copied = 0;
  for (auto lf = in.find('\n'); lf != in.npos; lf = in.find('\n', lf + 1)) {
    if (lf == 0 ? after_cr_ : in[lf - 1] == '\r') continue;
    out.append(in, copied, lf - copied);
    out.push_back('\r');
    copied = lf;
  }
  out.append(in, copied);
  after_cr_ = in.back() == '\r';
}

} // namespace homespool::spool
