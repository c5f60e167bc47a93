"""The real-time guard inside the callback of a real device: JACK's, called by PortAudio."""

import os
import subprocess
import unittest

from live_program import PATIENCE_S, JackTest

TESTS = os.environ.get("FALTUNG_REALTIME_TESTS", "")


class Callback(JackTest):
    def test_never_allocates_locks_calls_the_system_or_faults(self):
        if not TESTS:
            self.skip("real-time safety is not tested in this build")
        for block in [64, 256]:
            self.start_server(block=block)
            result = subprocess.run([TESTS, "--no-skip", "-tc=realtime: the callback of a device under JACK is safe"],
                                    env=self.env, capture_output=True, text=True, timeout=PATIENCE_S)
            if "SKIPPED: " in result.stdout:
                self.skip(result.stdout.split("SKIPPED: ", 1)[1])
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertIn("1 passed", result.stdout)
            print(result.stdout)
            self.stop_server()
            self.jack = None


if __name__ == "__main__":
    unittest.main()
