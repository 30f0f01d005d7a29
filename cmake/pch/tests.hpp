// Precompiled: what tests include.
#pragma once

#include "asio.hpp"

#include <catch2/catch.hpp>
