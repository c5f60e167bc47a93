// Locks, waits and sleeps, in whose place these stand for everything in the process. The locks
// within libc are not among them; where they wait, they call the system.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "tests/realtime/intercept.h"

using Mutex = pthread_mutex_t;
using Rwlock = pthread_rwlock_t;
using Condition = pthread_cond_t;

INTERCEPT_NOEXCEPT(lock, int, pthread_mutex_lock, (Mutex * m), (m))
INTERCEPT_NOEXCEPT(lock, int, pthread_mutex_trylock, (Mutex * m), (m))  // its unlock may wake
INTERCEPT_NOEXCEPT(lock, int, pthread_mutex_timedlock, (Mutex * m, const timespec* t), (m, t))
INTERCEPT_NOEXCEPT(lock, int, pthread_mutex_unlock, (Mutex * m), (m))
INTERCEPT_NOEXCEPT(lock, int, pthread_rwlock_rdlock, (Rwlock * l), (l))
INTERCEPT_NOEXCEPT(lock, int, pthread_rwlock_wrlock, (Rwlock * l), (l))
INTERCEPT_NOEXCEPT(lock, int, pthread_rwlock_tryrdlock, (Rwlock * l), (l))
INTERCEPT_NOEXCEPT(lock, int, pthread_rwlock_trywrlock, (Rwlock * l), (l))
INTERCEPT_NOEXCEPT(lock, int, pthread_rwlock_unlock, (Rwlock * l), (l))
INTERCEPT_NOEXCEPT(lock, int, pthread_spin_lock, (pthread_spinlock_t * l), (l))
INTERCEPT(lock, int, pthread_cond_wait, (Condition * c, Mutex* m), (c, m))
INTERCEPT(lock, int, pthread_cond_timedwait, (Condition * c, Mutex* m, const timespec* t),
          (c, m, t))
INTERCEPT_NOEXCEPT(lock, int, pthread_cond_signal, (Condition * c), (c))
INTERCEPT_NOEXCEPT(lock, int, pthread_cond_broadcast, (Condition * c), (c))
INTERCEPT(lock, int, pthread_once, (pthread_once_t * once, void (*body)()), (once, body))
INTERCEPT(lock, int, sem_wait, (sem_t * s), (s))
INTERCEPT(lock, int, sem_timedwait, (sem_t * s, const timespec* t), (s, t))
INTERCEPT_NOEXCEPT(lock, int, sem_trywait, (sem_t * s), (s))
INTERCEPT_NOEXCEPT(lock, int, sem_post, (sem_t * s), (s))
INTERCEPT(lock, int, pthread_join, (pthread_t thread, void** result), (thread, result))
// The first passage through a function's static variable.
INTERCEPT(lock, int, __cxa_guard_acquire, (long* guard), (guard))

INTERCEPT(sleep, int, nanosleep, (const timespec* a, timespec* b), (a, b))
INTERCEPT(sleep, int, clock_nanosleep, (clockid_t c, int f, const timespec* a, timespec* b),
          (c, f, a, b))
INTERCEPT(sleep, int, usleep, (useconds_t t), (t))
INTERCEPT(sleep, unsigned, sleep, (unsigned t), (t))
INTERCEPT_NOEXCEPT(sleep, int, sched_yield, (), ())
