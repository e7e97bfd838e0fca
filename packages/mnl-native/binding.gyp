{
  'targets': [
    {
      'target_name': 'mnl_native',
      'sources': [
        'native/addon.cc', 'native/adopting.cc', 'native/burst.cc', 'native/descriptors.cc', 'native/files.cc',
        'native/netlink.cc', 'native/receiving.cc', 'native/socket.cc', 'native/thread.cc', 'native/watch-libuv.cc',
        'native/watch-thread.cc',
      ],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'cflags': ['-Wall', '-Wextra', '-Wno-unused-parameter', '-fvisibility=hidden', '<!@(pkg-config --cflags libmnl)'],
      'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti'],
      'ldflags': ['-Wl,-z,relro,-z,now'],
      'libraries': ['<!@(pkg-config --libs libmnl)'],
      'conditions': [["OS!='linux'", { 'type': 'none' }]],
    },
  ],
}
