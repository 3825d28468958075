#include "program.hpp"

int main(int count, char** words) { return locket::tool::run(count, words); }
