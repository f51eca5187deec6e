find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
# Its pkg-config file would link the training library too.
find_library(CDX_SENTENCEPIECE sentencepiece REQUIRED)
find_package(Threads REQUIRED)

# LibTorch as it lies in the Python wheel. Its own CMake package insists on a
# whole CUDA toolkit, hence a target of our own.
set(CDX_TORCH_ROOT
    ${PROJECT_SOURCE_DIR}/.deps/libtorch/torch
    CACHE PATH "the torch folder of an unpacked torch 2.11.0 wheel")
if(CDX_TORCH)
  if(NOT EXISTS ${CDX_TORCH_ROOT}/lib/libtorch_cpu.so)
    message(
      FATAL_ERROR
        "no LibTorch in ${CDX_TORCH_ROOT}: run scripts/setup, or pass "
        "-DCDX_TORCH_ROOT=<site-packages>/torch, or -DCDX_TORCH=OFF for the "
        "parts that need none")
  endif()
  add_library(cdx_torch INTERFACE)
  target_include_directories(
    cdx_torch SYSTEM
    INTERFACE ${CDX_TORCH_ROOT}/include
              ${CDX_TORCH_ROOT}/include/torch/csrc/api/include)
  target_link_directories(cdx_torch INTERFACE ${CDX_TORCH_ROOT}/lib)
  target_link_libraries(cdx_torch INTERFACE torch_cpu c10)
  # The wheel carries fmt 12 headers but no fmt library.
  target_compile_definitions(cdx_torch INTERFACE FMT_HEADER_ONLY)
  # at::parallel_for runs its loops on OpenMP; the wheel's libgomp.so.1 serves
  # both, whichever is found first.
  target_compile_options(cdx_torch INTERFACE -fopenmp)
  target_link_options(cdx_torch INTERFACE -fopenmp)
  if(CDX_CUDA)
    # --no-as-needed: nothing refers to the CUDA libraries by name, they
    # register themselves when loaded.
    target_link_libraries(
      cdx_torch INTERFACE -Wl,--no-as-needed torch_cuda c10_cuda
                          -Wl,--as-needed)
  endif()
endif()
