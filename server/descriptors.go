package server

import "fmt"

// reservedFiles is how many descriptors a server keeps for what is no client, as Redis does.
const reservedFiles = 32

// fitClients lowers maxclients to what the limit of open files allows, and fails if that
// allows no client. A server that opens no addresses itself leaves the setting alone: its
// connections may be in memory, which takes no descriptors.
func (s *Server) fitClients() error {
	most, need := openFileLimit()-reservedFiles, s.cfg.MaxClients+reservedFiles
	if s.cfg.MaxClients <= most {
		return nil
	}
	if most <= 0 {
		return fmt.Errorf("Your current 'ulimit -n' of %d is not enough for the server to start. "+
			"Please increase your open file limit to at least %d. Exiting.", most+reservedFiles, need)
	}
	s.log.Warningf("You requested maxclients of %d requiring at least %d max file descriptors.", s.cfg.MaxClients, need)
	s.log.Warningf("Current maximum open files is %d. maxclients has been reduced to %d to compensate for low ulimit. "+
		"If you need higher maxclients increase 'ulimit -n'.", most+reservedFiles, most)
	s.cfg.MaxClients = most
	s.maxClients.Store(most)
	return nil
}

// checkMaxClients fails if maxclients is more than the limit of open files allows.
func (s *Server) checkMaxClients() error {
	if most := openFileLimit() - reservedFiles; s.cfg.MaxClients > most {
		return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d", most)
	}
	return nil
}
