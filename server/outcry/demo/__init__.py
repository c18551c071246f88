"""The demo: a house of our own, and a crowd of programs that know it by its public protocol only.

``run`` the command · ``crowd`` the robots' process · ``sale`` one run of one lot · ``plans``, ``lots`` what is sold ·
``programme`` when it comes back · ``robots``, ``characters`` minds, without I/O · ``play`` a mind on a socket ·
``client``, ``follower``, ``api`` the protocol · ``watchers`` the audience · ``operator``, ``stories`` the desk ·
``figures`` the result
"""
