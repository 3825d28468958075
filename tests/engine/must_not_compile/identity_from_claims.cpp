// expect: private
#include "locket/locket.hpp"

locket::Identity forge() { return locket::Identity(std::make_shared<locket::Claims>()); }
