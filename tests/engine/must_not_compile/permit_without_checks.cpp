// expect: private
#include "locket/locket.hpp"

locket::UploadPermit forge() { return locket::UploadPermit(nullptr); }
